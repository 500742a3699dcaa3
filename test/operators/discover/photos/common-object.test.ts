import { describe, expect, it } from 'vitest';
import { findCommonObjects } from '../../../../operators/discover/photos/common-object.ts';
import { prominence } from '../../../../operators/discover/photos/prominence.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

const length = 16;

/** A photo of candidates with these prominences, whose looks are the axes given, with noise. */
function photo(axes: readonly number[], values: readonly number[], seed: number) {
  const random = seededRandom(seed);
  const looks = new Float32Array(axes.length * length).map(() => 0.2 * (random() - 0.5));
  for (const [i, axis] of axes.entries()) looks[i * length + axis]! += 1;
  return { prominence: values, looks };
}

describe('findCommonObjects', () => {
  it('takes what the photos have in common over what is a little more prominent in one', () => {
    const photos = [1, 2, 3, 4, 5].map((n) => photo([0, n + 5], [-1, -0.5], n));
    expect(findCommonObjects(photos, length).map(({ index }) => index)).toEqual([0, 0, 0, 0, 0]);
  });

  it('takes the most prominent in one photo alone, and among candidates that look the same', () => {
    const alone = photo([0, 1, 2], [-3, -1, -2], 1);
    expect(findCommonObjects([alone], length)).toMatchObject([{ index: 1 }]);
    const looks = new Float32Array(2 * length).fill(1);
    const same = [1, 2, 3].map(() => ({ prominence: [-2, -1], looks }));
    expect(findCommonObjects(same, length).map(({ index }) => index)).toEqual([1, 1, 1]);
  });

  it('gives shares of the votes, and no object for no photo', () => {
    const photos = [1, 2, 3].map((n) => photo([0, n + 1, n + 4], [0, 0, 0], n));
    for (const { score } of findCommonObjects(photos, length)) {
      expect(score).toBeGreaterThan(1 / 3);
      expect(score).toBeLessThanOrEqual(1);
    }
    expect(findCommonObjects([], length)).toEqual([]);
  });

  it('stays finite where all looks are zero', () => {
    const flat = { prominence: [-1, -2], looks: new Float32Array(2 * length) };
    const [first] = findCommonObjects([flat, flat], length);
    expect(first!.index).toBe(0);
    expect(first!.score).toBeGreaterThan(0.5);
  });
});

describe('prominence', () => {
  const size = { width: 200, height: 100 };
  const of = (box: readonly [number, number, number, number], objectness = 0.5) =>
    prominence({ box, objectness }, size);

  it('prefers objectness, size and the middle', () => {
    expect(of([80, 40, 120, 60], 0.6)).toBeGreaterThan(of([80, 40, 120, 60], 0.5));
    expect(of([60, 30, 140, 70])).toBeGreaterThan(of([80, 40, 120, 60]));
    expect(of([80, 40, 120, 60])).toBeGreaterThan(of([0, 0, 40, 20]));
  });

  it('is finite for an empty box without objectness', () => {
    expect(of([10, 10, 10, 10], 0)).toBeGreaterThan(-Infinity);
  });
});
