import { describe, expect, it } from 'vitest';
import { RgbResizer } from '../../../../operators/ingest/pictures/rgb-resizer.ts';

/** A grey picture from one value per pixel. */
function grey(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value, value, value]));
}

function resize(values: readonly number[], from: [number, number], to: [number, number]): number[] {
  const target = new Uint8Array(to[0] * to[1] * 3);
  new RgbResizer(...from, ...to).run(grey(values), target);
  return Array.from(target).filter((_, i) => i % 3 === 0);
}

describe('RgbResizer', () => {
  it('averages the pixels that an output pixel covers', () => {
    expect(resize([0, 100, 50, 50, 200, 100, 10, 30], [4, 2], [2, 1])).toEqual([100, 35]);
  });

  it('weights pixels that are covered in part by their share', () => {
    // Each output pixel covers 1.5 input pixels: (0 + 60 / 2) / 1.5 and (60 / 2 + 120) / 1.5.
    expect(resize([0, 60, 120], [3, 1], [2, 1])).toEqual([20, 100]);
  });

  it('interpolates bilinearly when enlarging, and repeats the edge', () => {
    expect(resize([0, 100], [2, 1], [4, 1])).toEqual([0, 25, 75, 100]);
  });

  it('keeps a plain colour exactly, for any sizes', () => {
    for (const [width, height] of [
      [640, 480],
      [7, 3],
      [31, 200],
    ] as const) {
      const source = new Uint8Array(width * height * 3);
      for (let i = 0; i < source.length; i += 3) source.set([255, 1, 128], i);
      const target = new Uint8Array(32 * 32 * 3);
      new RgbResizer(width, height, 32, 32).run(source, target);
      expect(new Set(target.filter((_, i) => i % 3 === 0))).toEqual(new Set([255]));
      expect(new Set(target.filter((_, i) => i % 3 === 1))).toEqual(new Set([1]));
      expect(new Set(target.filter((_, i) => i % 3 === 2))).toEqual(new Set([128]));
    }
  });

  it('copies a picture of the same size', () => {
    expect(resize([1, 2, 3, 4], [2, 2], [2, 2])).toEqual([1, 2, 3, 4]);
  });
});
