import { describe, expect, it } from 'vitest';
import { packedLayout, unpack } from '../../../../operators/ingest/ffmpeg/packed-picture.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';

const padding = 255;

/** A packed frame whose bytes count up within each of the two pictures. */
function pack(width: number, height: number, viewSize: number): Uint8Array {
  const layout = packedLayout(width, height, viewSize);
  const bytes = new Uint8Array(layout.bytes).fill(padding);
  const stride = layout.canvasWidth * 3;
  for (let i = 0; i < width * height * 3; i++) {
    bytes[Math.floor(i / (width * 3)) * stride + (i % (width * 3))] = i % 250;
  }
  for (let i = 0; i < viewSize * viewSize * 3; i++) {
    const row = height + Math.floor(i / (viewSize * 3));
    bytes[row * stride + (i % (viewSize * 3))] = (i + 100) % 250;
  }
  return bytes;
}

describe('unpack', () => {
  it.each([
    { shape: 'wider than the view', width: 11, height: 5, viewSize: 4 },
    { shape: 'narrower than the view', width: 3, height: 7, viewSize: 6 },
    { shape: 'as wide as the view', width: 6, height: 2, viewSize: 6 },
  ])(
    'separates a picture $shape from its view, for any chunk size',
    ({ width, height, viewSize }) => {
      const layout = packedLayout(width, height, viewSize);
      const bytes = pack(width, height, viewSize);
      for (const chunkBytes of [1, 2, 7, 50, layout.bytes]) {
        const slot = new SharedFramePool(1).tryAcquire(width, height, viewSize)!;
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          // The chunk starts with bytes of another frame, as at the end of each frame.
          const chunk = new Uint8Array(chunkBytes + 3);
          const end = Math.min(bytes.length, at + chunkBytes);
          chunk.set(bytes.subarray(at, end), 3);
          unpack(layout, width, chunk, 3, 3 + end - at, at, slot);
        }
        expect(Array.from(slot.full), `chunks of ${String(chunkBytes)}`).toEqual(
          Array.from({ length: width * height * 3 }, (_, i) => i % 250),
        );
        expect(Array.from(slot.view), `chunks of ${String(chunkBytes)}`).toEqual(
          Array.from({ length: viewSize * viewSize * 3 }, (_, i) => (i + 100) % 250),
        );
      }
    },
  );
});
