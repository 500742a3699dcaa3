import { describe, expect, it } from 'vitest';
import { cutCrop } from '../../../../operators/detect/crops/crop.ts';
import { cutCrops } from '../../../../operators/detect/crops/cut-crops.ts';
import { cropSize } from '../../../../operators/detect/engines/engine.ts';

const width = 60;
const height = 80;
const full = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256);
const cropLength = cropSize * cropSize * 3;

describe('cutCrops', () => {
  it('maps boxes from the source picture to the smaller one, each axis by its own scale', () => {
    const picture = { full, width, height, sourceWidth: 120, sourceHeight: 240 };
    const { pixels, logSizes, count } = cutCrops(
      picture,
      [{ box: [20, 60, 60, 120] }, { box: [40, 90, 100, 150], crop: { mirror: true } }],
      cropSize,
    );
    const first = cutCrop(full, width, height, [10, 20, 30, 40]);
    const second = cutCrop(full, width, height, [20, 30, 50, 50], { mirror: true });
    expect(count).toBe(2);
    expect(Buffer.compare(pixels.subarray(0, cropLength), first.pixels)).toBe(0);
    expect(Buffer.compare(pixels.subarray(cropLength), second.pixels)).toBe(0);
    expect([...logSizes]).toEqual([...first.logSizes, ...second.logSizes].map(Math.fround));
  });

  it('returns an empty batch without boxes', () => {
    const picture = { full, width, height, sourceWidth: width, sourceHeight: height };
    expect(cutCrops(picture, [], cropSize)).toEqual({
      pixels: new Uint8Array(0),
      logSizes: new Float32Array(0),
      count: 0,
    });
  });
});
