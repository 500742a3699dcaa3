import { describe, expect, it } from 'vitest';
import { cutCrop } from '../../../../operators/detect/crops/crop.ts';
import { cropSize } from '../../../../operators/detect/engines/engine.ts';

/** An RGB picture whose red is 2·x, whose green is 3·y and whose blue is 7. */
function ramp(width: number, height: number): Uint8Array {
  const picture = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    picture.set([2 * (i % width), 3 * Math.floor(i / width), 7], 3 * i);
  }
  return picture;
}

function pixel(pixels: Uint8Array, x: number, y: number): number[] {
  return [...pixels.subarray((y * cropSize + x) * 3, (y * cropSize + x) * 3 + 3)];
}

// A box 80 / 1.3 wide has a square of 80 pixels: half a pixel per output pixel.
const inset = (80 - 80 / 1.3) / 2;

describe('cutCrop', () => {
  it('enlarges a square of 1.3 times the longer side of the box, with interpolation', () => {
    const box = [20 + inset, 40, 100 - inset, 60] as const;
    const { pixels } = cutCrop(ramp(120, 80), 120, 80, box);
    expect(pixels).toHaveLength(cropSize * cropSize * 3);
    // The square runs from 20 to 100 across and from 10 to 90 down.
    expect(pixel(pixels, 0, 0)).toEqual([40, 29, 7]);
    const [red = 0, green = 0] = pixel(pixels, 80, 80);
    expect(red).toBeCloseTo(2 * 59.75, -0.5);
    expect(green).toBeCloseTo(3 * 49.75, -0.5);
  });

  it('repeats edge pixels beyond the picture', () => {
    const { pixels } = cutCrop(ramp(120, 80), 120, 80, [0, 0, 60, 60]);
    expect(pixel(pixels, 0, 0)).toEqual([0, 0, 7]);
    const below = cutCrop(ramp(120, 80), 120, 80, [60, 60, 120, 80]);
    expect(pixel(below.pixels, cropSize - 1, cropSize - 1)).toEqual([238, 237, 7]);
  });

  it('averages areas when shrinking, so that fine stripes turn grey', () => {
    const width = 416;
    const striped = new Uint8Array(width * width * 3);
    for (let i = 0; i < width * width; i++) striped.fill((i % 2) * 200, 3 * i, 3 * i + 3);
    const { pixels } = cutCrop(striped, width, width, [48, 48, 368, 368]);
    const values = new Set(pixels);
    expect(Math.min(...values)).toBeGreaterThan(60);
    expect(Math.max(...values)).toBeLessThan(140);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    expect(mean).toBeCloseTo(100, 0);
  });

  it('keeps a flat picture flat at every scale', () => {
    const flat = new Uint8Array(500 * 500 * 3).fill(133);
    for (const side of [3, 40, 123.4, 160, 377, 900]) {
      const { pixels } = cutCrop(flat, 500, 500, [9.3, 20.7, 9.3 + side, 20.7 + side]);
      expect(new Set(pixels)).toEqual(new Set([133]));
    }
  });

  it('mirrors left and right only', () => {
    const box = [20, 10, 90, 70] as const;
    const plain = cutCrop(ramp(120, 80), 120, 80, box).pixels;
    const mirrored = cutCrop(ramp(120, 80), 120, 80, box, { mirror: true }).pixels;
    for (const [x, y] of [
      [0, 0],
      [17, 90],
      [159, 159],
    ] as const) {
      expect(pixel(mirrored, x, y)).toEqual(pixel(plain, cropSize - 1 - x, y));
    }
  });

  it('rotates clockwise by quarter turns, after mirroring', () => {
    const box = [20, 10, 90, 70] as const;
    const last = cropSize - 1;
    const cut = (turns: 0 | 1 | 2 | 3, mirror = false) =>
      cutCrop(ramp(120, 80), 120, 80, box, { turns, mirror }).pixels;
    for (const mirror of [false, true]) {
      const plain = cut(0, mirror);
      for (const [x, y] of [
        [0, 0],
        [17, 90],
        [159, 3],
      ] as const) {
        // The top left pixel is at the top right after one quarter turn.
        expect(pixel(cut(1, mirror), last - y, x)).toEqual(pixel(plain, x, y));
        expect(pixel(cut(2, mirror), last - x, last - y)).toEqual(pixel(plain, x, y));
        expect(pixel(cut(3, mirror), y, last - x)).toEqual(pixel(plain, x, y));
      }
    }
  });

  it('is unchanged by four quarter turns', () => {
    // The box's square covers a picture of the crop's own size, so nothing is resampled.
    const inner = [cropSize / 2 - cropSize / 2.6, cropSize / 2 + cropSize / 2.6] as const;
    const box = [inner[0], inner[0], inner[1], inner[1]] as const;
    const noise = Uint8Array.from({ length: cropSize * cropSize * 3 }, (_, i) => (i * 7919) % 251);
    const rotated = (picture: Uint8Array, turns: 0 | 1 | 2 | 3) =>
      cutCrop(picture, cropSize, cropSize, box, { turns }).pixels;
    const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
    expect(same(rotated(noise, 0), noise)).toBe(true);
    const quarters: Uint8Array[] = [noise];
    for (let i = 0; i < 4; i++) quarters.push(rotated(quarters[i]!, 1));
    expect(same(quarters[4]!, noise)).toBe(true);
    expect(same(quarters[2]!, rotated(noise, 2))).toBe(true);
    expect(same(quarters[3]!, rotated(noise, 3))).toBe(true);
    expect(same(quarters[1]!, noise)).toBe(false);
  });

  it('has the same log sizes whichever way the crop is rotated', () => {
    const box = [20, 10, 90, 40] as const;
    const { logSizes } = cutCrop(ramp(120, 80), 120, 80, box);
    for (const turns of [1, 2, 3] as const) {
      expect(cutCrop(ramp(120, 80), 120, 80, box, { turns }).logSizes).toEqual(logSizes);
    }
  });

  it('moves and scales the square under jitter, and keeps the log sizes', () => {
    const box = [20 + inset, 40, 100 - inset, 60] as const;
    const jitter = { right: 0.125, down: 0, scale: 1 };
    const plain = cutCrop(ramp(120, 80), 120, 80, box);
    const moved = cutCrop(ramp(120, 80), 120, 80, box, { jitter });
    // An eighth of the square is 20 of its 160 output pixels.
    expect(pixel(moved.pixels, 0, 0)).toEqual(pixel(plain.pixels, 20, 0));
    expect(moved.logSizes).toEqual(plain.logSizes);
    const wider = cutCrop(ramp(120, 80), 120, 80, box, {
      jitter: { right: 0, down: 0, scale: 1.5 },
    });
    expect(pixel(wider.pixels, 0, 80)[0]).toBeLessThan(pixel(plain.pixels, 0, 80)[0] ?? 0);
  });

  it('has log sizes relative to the longer side of the picture', () => {
    const { logSizes } = cutCrop(ramp(200, 80), 200, 80, [10, 10, 110, 60]);
    expect(logSizes[0]).toBeCloseTo(Math.log(0.5));
    expect(logSizes[1]).toBeCloseTo(Math.log(0.25));
  });
});
