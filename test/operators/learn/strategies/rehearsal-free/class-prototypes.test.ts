import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  noPrototypes,
  updatePrototypes,
  withoutRows,
  type ClassRows,
  type Prototypes,
} from '../../../../../operators/learn/strategies/rehearsal-free/class-prototypes.ts';
import { FeatureScale } from '../../../../../operators/learn/strategies/gradient/feature-scale.ts';
import { unpackFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';

const length = 8;
const scale = new FeatureScale(length);

/** Rows near 4 at one feature and near 0 at the others. */
function near(feature: number, count: number, target = 1): ClassRows {
  const random = seededRandom(feature + 1);
  const rows = Float32Array.from({ length: count * length }, (_, i) =>
    i % length === feature ? 4 + 0.1 * random() : 0.1 * random(),
  );
  return { rows, targets: new Float32Array(count).fill(target) };
}

function join(...parts: readonly ClassRows[]): ClassRows {
  return {
    rows: Float32Array.from(parts.flatMap(({ rows }) => [...rows])),
    targets: Float32Array.from(parts.flatMap(({ targets }) => [...targets])),
  };
}

function vectors({ vectors: packed, counts }: Prototypes): Float32Array[] {
  return Array.from(counts, (_, i) => unpackFloat16(packed.slice(i * length, (i + 1) * length)));
}

const strongestOf = (vector: Float32Array) => vector.indexOf(Math.max(...vector));

describe('class prototypes', () => {
  it('are the mean of all rows, then the means of dense neighbourhoods', () => {
    const rows = join(near(0, 12), near(3, 8));
    const found = updatePrototypes(noPrototypes, rows, scale, 10);
    expect([...found.counts]).toEqual([20, 12, 8]);
    const [coarse, first, second] = vectors(found);
    expect(coarse![0]).toBeCloseTo(0.6 * 4.05 + 0.4 * 0.05, 1);
    expect(coarse![3]).toBeCloseTo(0.4 * 4.05 + 0.6 * 0.05, 1);
    expect([first, second].map((vector) => strongestOf(vector!))).toEqual([0, 3]);
    expect(first![0]).toBeCloseTo(4.05, 1);
  });

  it('do not include isolated rows', () => {
    const found = updatePrototypes(noPrototypes, join(near(0, 10), near(3, 1)), scale, 10);
    expect([...found.counts]).toEqual([11, 10]);
  });

  it('keep the mean of all rows so far, and the fine ones with the most rows', () => {
    const first = updatePrototypes(noPrototypes, near(0, 6), scale, 3);
    const second = updatePrototypes(first, join(near(2, 9), near(5, 3)), scale, 3);
    expect([...second.counts]).toEqual([18, 9, 6]);
    const [coarse, ...fine] = vectors(second);
    expect(coarse![0]).toBeCloseTo((6 * 4.05 + 12 * 0.05) / 18, 1);
    expect(fine.map(strongestOf)).toEqual([2, 0]);
  });

  it('keep the mean target of their rows', () => {
    const rows = join(near(0, 10, 0.5), near(0, 10, 1));
    expect([...updatePrototypes(noPrototypes, rows, scale, 1).targets]).toEqual([0.75]);
  });

  it('drop fine ones when there is room for fewer', () => {
    const all = updatePrototypes(noPrototypes, join(near(0, 12), near(3, 8)), scale, 10);
    const nothing = { rows: new Float32Array(0), targets: new Float32Array(0) };
    const fewer = updatePrototypes(all, nothing, scale, 2);
    expect([...fewer.counts]).toEqual([20, 12]);
    expect(vectors(fewer)).toEqual(vectors(all).slice(0, 2));
  });

  it('subtract removed rows from the mean, and drop the fine ones', () => {
    const wrong = near(3, 8);
    const all = updatePrototypes(noPrototypes, join(near(0, 12), wrong), scale, 10);
    const mended = withoutRows(all, wrong);
    expect([...mended.counts]).toEqual([12]);
    expect(vectors(mended)[0]![0]).toBeCloseTo(4.05, 1);
    expect(vectors(mended)[0]![3]).toBeCloseTo(0.05, 1);
    expect(withoutRows(mended, near(0, 12)).counts).toHaveLength(0);
    expect(withoutRows(noPrototypes, wrong)).toBe(noPrototypes);
  });
});
