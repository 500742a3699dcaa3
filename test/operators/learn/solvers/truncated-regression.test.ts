import { describe, expect, it } from 'vitest';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { solveTruncated } from '../../../../operators/learn/solvers/truncated-regression.ts';
import { ClassMoments } from '../../../../operators/learn/statistics/class-moments.ts';
import { planeFromRows, scaledOutputs, type LabelledRow } from '../truncated-plane.ts';

const classes = ['a', 'b', 'c'];

/** Rows without negative values, as after a ReLU, of three classes and of none. */
function drawRows(count: number, features: number, seed = 9): LabelledRow[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    label: [...classes, null][i % 4]!,
    values: Float32Array.from({ length: features }, (_, j) =>
      Math.max(0, random() - 0.3 + (j % 4 === i % 4 ? 0.4 : 0)),
    ),
  }));
}

function momentsOf(rows: readonly LabelledRow[], sign: 1 | -1 = 1, onto?: ClassMoments<Gram>) {
  const moments = onto ?? new ClassMoments(new Gram(rows[0]!.values.length));
  for (const { label, values } of rows) {
    const targets = Float32Array.of(1);
    if (label === null) moments.addNegatives(values, sign);
    else moments.addExample(label, { rows: values, targets, weight: 1 }, sign);
  }
  return moments;
}

function outputsOf(
  rows: readonly LabelledRow[],
  moments: ClassMoments<Gram>,
  dropped: number,
): number[][] {
  const layer = runAtOnce(solveTruncated(moments, classes, dropped));
  return classes.map((_, row) =>
    rows.map(({ values }) =>
      values.reduce(
        (sum, x, i) => sum + x * layer.weights[row * layer.length + i]!,
        layer.bias[row]!,
      ),
    ),
  );
}

function largestDifference(a: readonly number[][], b: readonly number[][]): number {
  return Math.max(...a.flat().map((value, i) => Math.abs(value - b.flat()[i]!)));
}

describe('truncated least squares', () => {
  it.each([
    ['fewer rows than features', 24, 40, 0.25, 18],
    ['fewer features than rows', 60, 20, 0.25, 15],
    ['nothing dropped', 24, 40, 0, 24],
  ])('has the outputs that the rows themselves give: %s', (_, count, features, dropped, kept) => {
    const rows = drawRows(count, features);
    const moments = momentsOf(rows);
    const direct = (share: number) =>
      classes.map((label) => scaledOutputs(planeFromRows(rows, label, share), rows, label));
    const solved = outputsOf(rows, moments, dropped);
    expect(largestDifference(solved, direct(kept))).toBeLessThan(1e-5);
    // One singular value more or less is seen.
    expect(largestDifference(solved, direct(kept - 1))).toBeGreaterThan(1e-3);
  });

  it('is the same for any order of rows, and after rows were added and removed', () => {
    const rows = drawRows(30, 48);
    const expected = outputsOf(rows, momentsOf(rows), 0.25);
    expect(
      largestDifference(outputsOf(rows, momentsOf(rows.toReversed()), 0.25), expected),
    ).toBeLessThan(1e-5);
    const others = drawRows(20, 48, 12);
    const more = momentsOf(others, 1, momentsOf(rows));
    expect(largestDifference(outputsOf(rows, more, 0.25), expected)).toBeGreaterThan(1e-2);
    const less = momentsOf(others, -1, more);
    expect(largestDifference(outputsOf(rows, less, 0.25), expected)).toBeLessThan(1e-5);
  });

  it('does not invert the zero singular values of rows that repeat each other', () => {
    const few = drawRows(8, 40);
    const rows = Array.from({ length: 10 }, () => few).flat();
    // 40 · 0.75 = 30 would be kept, and there are 8.
    const solved = outputsOf(few, momentsOf(rows), 0.25);
    const once = outputsOf(few, momentsOf(few), 0);
    expect(largestDifference(solved, once)).toBeLessThan(1e-5);
  });

  it('gives weights of zero to a class without rows, and finite ones to a single row', () => {
    const [row] = drawRows(1, 16);
    const layer = runAtOnce(solveTruncated(momentsOf([row!]), ['b', 'a'], 0.25));
    expect(layer.weights.subarray(0, 16).every((value) => value === 0)).toBe(true);
    expect(layer.weights.subarray(16).every(Number.isFinite)).toBe(true);
    const own = row!.values.reduce((sum, x, i) => sum + x * layer.weights[16 + i]!, layer.bias[1]!);
    expect(own).toBeCloseTo(0.7, 5);
  });
});
