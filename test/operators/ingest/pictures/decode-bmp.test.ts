import { describe, expect, it } from 'vitest';
import { decodeBmp } from '../../../../operators/ingest/pictures/decode-bmp.ts';

/** A 3 × 2 bitmap whose bytes are all different: blue 1, green 2, red 3, then 11, 12, 13 … */
function bitmap(bits: 24 | 32, topDown: boolean): Buffer {
  // Nine bytes of 24-bit pixels are padded to twelve.
  const stride = 12;
  const bytes = Buffer.alloc(54 + stride * 2);
  bytes.write('BM');
  bytes.writeUInt32LE(54, 10);
  bytes.writeInt32LE(3, 18);
  bytes.writeInt32LE(topDown ? -2 : 2, 22);
  bytes.writeUInt16LE(bits, 28);
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 3; x++) {
      const row = topDown ? y : 1 - y;
      const at = 54 + row * stride + x * (bits / 8);
      for (let c = 0; c < 3; c++) bytes[at + c] = (y * 3 + x) * 10 + c + 1;
    }
  }
  return bytes;
}

const expected = [3, 2, 1, 13, 12, 11, 23, 22, 21, 33, 32, 31, 43, 42, 41, 53, 52, 51];

describe('decodeBmp', () => {
  it.each([
    [24, false],
    [24, true],
    [32, false],
    [32, true],
  ] as const)('decodes %s bits, top row first: %s', (bits, topDown) => {
    const { rgb, width, height } = decodeBmp(bitmap(bits, topDown));
    expect({ rgb: Array.from(rgb), width, height }).toEqual({ rgb: expected, width: 3, height: 2 });
  });

  it('throws for palettes and for truncated files', () => {
    const palette = bitmap(24, false);
    palette.writeUInt16LE(8, 28);
    expect(() => decodeBmp(palette)).toThrow(RangeError);
    expect(() => decodeBmp(bitmap(24, false).subarray(0, 60))).toThrow('cut short');
    expect(() => decodeBmp(Buffer.from('BM'))).toThrow(RangeError);
  });
});
