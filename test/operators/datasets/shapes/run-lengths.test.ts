import { describe, expect, it } from 'vitest';
import {
  boundsOfCocoRuns,
  boundsOfRuns,
  decodeRuns,
} from '../../../../operators/datasets/shapes/run-lengths.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

describe('masks of runs', () => {
  it('has the bounds of its ones', () => {
    // 4 high, 3 wide, columns: ones in rows 1 to 2 of columns 1 and 2.
    expect(boundsOfCocoRuns([5, 2, 2, 2, 1], [4, 3])).toEqual([1, 1, 3, 3]);
    // A run over the end of a column.
    expect(boundsOfCocoRuns([3, 2, 7], [4, 3])).toEqual([0, 0, 2, 4]);
    expect(boundsOfCocoRuns([12], [4, 3])).toBeNull();
    expect(boundsOfCocoRuns([0, 12], [4, 3])).toEqual([0, 0, 3, 4]);
    // Runs of no pixels are none.
    expect(boundsOfCocoRuns([1, 0, 4, 1, 6], [4, 3])).toEqual([1, 1, 2, 2]);
  });

  it('agrees with a drawn mask', () => {
    const random = seededRandom(2);
    for (let n = 0; n < 200; n++) {
      const [along, across] = [1 + Math.floor(random() * 6), 1 + Math.floor(random() * 6)];
      const pixels = Array.from({ length: along * across }, () => random() < 0.15);
      const counts: number[] = [];
      let value = false;
      for (const pixel of [...pixels]) {
        if (counts.length === 0) counts.push(0);
        if (pixel !== value) counts.push(0);
        value = pixel;
        counts[counts.length - 1]!++;
      }
      const ones = pixels.flatMap((pixel, i) =>
        pixel ? [[i % along, Math.floor(i / along)]] : [],
      );
      const [xs, ys] = [ones.map(([x]) => x!), ones.map(([, y]) => y!)];
      expect(boundsOfRuns(counts, along, across)).toEqual(
        ones.length === 0
          ? null
          : [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1],
      );
    }
  });

  it('reads the compressed form of pycocotools', () => {
    // pycocotools.mask.encode of zeros((480, 640)) with [100:200, 50:150] = 1.
    const square = `Tag0T3l;${'0'.repeat(197)}lbU7`;
    expect(boundsOfCocoRuns(decodeRuns(square), [480, 640])).toEqual([50, 100, 150, 200]);
    expect(decodeRuns('09')).toEqual([0, 9]);
    // Noise of 37×53 pixels.
    const noise =
      ']51a00G0f00S10B0n00dN030g00_O0lN0=010n60VI0X10X10fL0i10ZO0WO040c30dM0SO0U30gL0h40cL0PN060a10]N09';
    expect(boundsOfCocoRuns(decodeRuns(noise), [37, 53])).toEqual([4, 1, 53, 34]);
  });

  it('rejects runs that do not fill the mask, and damaged texts', () => {
    expect(() => boundsOfRuns([5, 2], 4, 3)).toThrow('expected run lengths of 12 pixels, found 7');
    expect(() => boundsOfRuns([13, -1], 4, 3)).toThrow('of 0 or more, found -1');
    expect(() => decodeRuns('0 9')).toThrow('found a fault at character 2');
    expect(() => decodeRuns('o')).toThrow('found a fault at character 2');
    expect(() => decodeRuns('oooooooo0')).toThrow('found a fault at character 8');
  });
});
