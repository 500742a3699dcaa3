import { describe, expect, it } from 'vitest';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import {
  KernelMatrix,
  pickRows,
  type KernelRows,
} from '../../../../operators/learn/solvers/kernel-matrix.ts';

const objects = Array.from({ length: 9 }, (_, name) => ({ name }));
const length = 5;

/** Two rows of each of these objects, in this order. */
function rowsOf(names: readonly number[]): KernelRows {
  const sources = names.flatMap((name) => [0, 1].map((at) => ({ of: objects[name]!, at })));
  const values = sources.flatMap(({ of, at }) =>
    Array.from({ length }, (_, i) => Math.sin(of.name + 7 * at + 2 * i)),
  );
  return { values: Float32Array.from(values), length, sources };
}

const compute = (rows: KernelRows, centres: readonly number[], known: KernelMatrix | null = null) =>
  runAtOnce(KernelMatrix.of(rows, Int32Array.from(centres), 0.6, known));

describe('KernelMatrix', () => {
  it('has the kernel of every row with every centre', () => {
    const rows = rowsOf([0, 1, 2]);
    const { values } = compute(rows, [1, 4]);
    const [a, b] = [pickRows(rows, [3]), pickRows(rows, [4])];
    const square = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
    expect(values).toHaveLength(6 * 2);
    expect(values[3 * 2 + 1]).toBeCloseTo(Math.exp(-0.6 * square), 12);
    expect([values[1 * 2], values[4 * 2 + 1]]).toEqual([1, 1]);
  });

  it('has the same bits when it takes values from an earlier one', () => {
    const known = compute(rowsOf([0, 1, 2, 3]), [0, 3, 5, 6]);
    // Objects 1 and 3 are gone, 7 and 8 are new. Both old and new rows become centres.
    const rows = rowsOf([7, 2, 0, 8]);
    for (const centres of [[], [2, 4], [0, 1, 3, 5, 6]]) {
      expect(compute(rows, centres, known).values).toEqual(compute(rows, centres).values);
    }
  });

  it('takes known values instead of computing them', () => {
    const known = compute(rowsOf([0, 1]), [0, 2]);
    known.values.fill(0.25);
    expect([...compute(rowsOf([1, 0]), [0, 2], known).values]).toEqual(Array(8).fill(0.25));
  });
});
