import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  encodeThumbnail,
  PictureEncoder,
} from '../../../../pipeline/application/pictures/picture-encoder.ts';
import { createPool, picture, takeFrame } from '../scripted-camera.ts';

const sizeOf = async (jpeg: Uint8Array): Promise<[number, number, string]> => {
  const { width, height, format } = await sharp(jpeg).metadata();
  return [width, height, format];
};

describe('the picture encoder', () => {
  it('makes a JPEG and releases the frame', async () => {
    const pool = createPool(1);
    const frame = takeFrame(pool);
    frame.full.fill(200);
    const encoder = new PictureEncoder({ fpsMax: 10, widthMax: 960, quality: 75 });
    const encoding = encoder.encode(frame, 0);
    frame.release();
    expect(pool.inUse).toBe(1);
    const jpeg = await encoding;
    expect(await sizeOf(jpeg!)).toEqual([picture.width, picture.height, 'jpeg']);
    expect((await sharp(jpeg!).stats()).channels[0]?.mean).toBeCloseTo(200, 0);
    expect(pool.inUse).toBe(0);
  });

  it('shrinks pictures that are too wide', async () => {
    const encoder = new PictureEncoder({ fpsMax: 10, widthMax: 32, quality: 75 });
    const jpeg = await encoder.encode(takeFrame(createPool()), 0);
    expect(await sizeOf(jpeg!)).toEqual([32, 24, 'jpeg']);
  });

  it('skips frames that arrive too soon or during an encoding', async () => {
    const pool = createPool(1);
    const frame = takeFrame(pool);
    const encoder = new PictureEncoder({ fpsMax: 10, widthMax: 960, quality: 75 });
    const first = encoder.encode(frame, 0);
    expect(await encoder.encode(frame, 500)).toBe(null);
    expect(await first).not.toBe(null);
    expect(await encoder.encode(frame, 99)).toBe(null);
    expect(await encoder.encode(frame, 100)).not.toBe(null);
    frame.release();
    expect(pool.inUse).toBe(0);
  });
});

describe('a thumbnail', () => {
  it('shows the box with a margin, its longer side at most as given', async () => {
    const frame = takeFrame(createPool());
    // 20 × 10 and 3 pixels on each side; never enlarged.
    expect(await sizeOf(await encodeThumbnail(frame, [20, 20, 40, 30], 96))).toEqual([
      ...[26, 16, 'jpeg'],
    ]);
    expect(await sizeOf(await encodeThumbnail(frame, [20, 20, 40, 30], 13))).toEqual([
      ...[13, 8, 'jpeg'],
    ]);
  });

  it('shows the content of the box and nothing else', async () => {
    const frame = takeFrame(createPool());
    const { width } = frame;
    for (let i = 0; i < frame.full.length; i++) {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      frame.full[i] = x >= 17 && x < 43 && y >= 17 && y < 33 ? 200 : 0;
    }
    const { channels } = await sharp(await encodeThumbnail(frame, [20, 20, 40, 30], 96)).stats();
    for (const { min } of channels) expect(min).toBeGreaterThan(190);
  });

  it('stays inside the picture, wherever the box is', async () => {
    const frame = takeFrame(createPool());
    for (const box of [
      [-30, -30, 5, 5],
      [60, 44, 200, 200],
      [500, 500, 510, 510],
      [3, 3, 3, 3],
    ] as const) {
      const [width, height] = await sizeOf(await encodeThumbnail(frame, box, 96));
      expect(width).toBeGreaterThanOrEqual(2);
      expect(height).toBeGreaterThanOrEqual(2);
    }
  });
});
