import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  accumulate,
  accumulatedAtOnce,
} from '../../../../operators/foundation/linear-algebra/accumulate.ts';
import { packedLength } from '../../../../operators/foundation/linear-algebra/cholesky.ts';

const allWeights = Array.from({ length: accumulatedAtOnce }, (_, i) => [1, -2, 0.5, 3, 2][i % 5]!);

function randomRows(count: number, size: number): Float64Array[] {
  const random = seededRandom(size);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: size }, () => random() - 0.5),
  );
}

/** Accumulates onto 0, 1, 2, …, from row `first` on, and compares with the definition. */
function expectSums(
  rows: readonly Float64Array[],
  weights: readonly number[],
  size: number,
  first = 0,
): void {
  const length = packedLength(size) - packedLength(first);
  const values = Float64Array.from({ length }, (_, i) => i);
  accumulate(values, size, rows, Float64Array.from(weights), first);
  let at = 0;
  for (let i = first; i < size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      const added = rows.reduce((sum, row, k) => sum + weights[k]! * row[i]! * row[j]!, 0);
      expect(values[at]).toBeCloseTo(at + added, 9);
    }
  }
}

describe('accumulate', () => {
  it.each([1, 2, 3, 6, 7, 16, 33])(
    'adds weighted outer products of size %d to the existing values',
    (size) => {
      expectSums(randomRows(accumulatedAtOnce, size), allWeights, size);
    },
  );

  const sizes = Array.from({ length: 21 }, (_, size) => size);
  const lowerRows = sizes.flatMap((size) =>
    sizes.filter((first) => first <= size).map((first) => ({ first, size })),
  );
  it.each(lowerRows)('adds to the rows from $first on of a triangle of size $size', (lower) => {
    const { first, size } = lower;
    expectSums(randomRows(accumulatedAtOnce, size), allWeights, size, first);
  });

  it.each([0, 1, 2, 3, 4, 5, 11, 15])('adds %d rows, fewer than fit into one pass', (count) => {
    expectSums(randomRows(count, 7), allWeights.slice(0, count), 7);
    // Weights beyond the rows are ignored.
    const values = new Float64Array(packedLength(7));
    const rows = randomRows(count, 7);
    accumulate(values, 7, rows, Float64Array.from(allWeights));
    const plain = new Float64Array(packedLength(7));
    accumulate(plain, 7, rows, Float64Array.from(allWeights.slice(0, count)));
    expect(values).toEqual(plain);
  });

  it('skips rows of weight 0, whatever their values', () => {
    for (let out = 0; out < accumulatedAtOnce; out++) {
      const rows = randomRows(accumulatedAtOnce, 6);
      rows[out]!.fill(1e6);
      expectSums(
        rows,
        allWeights.map((weight, row) => (row === out ? 0 : weight)),
        6,
      );
    }
  });

  it('skips no feature next to features of zeros', () => {
    const some = [
      [0],
      [1],
      [2, 3],
      [4],
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2, 3],
      [0, 1, 2, 3, 4],
      [5, 6],
    ];
    for (const zeros of some) {
      const rows = randomRows(accumulatedAtOnce, 7);
      for (const row of rows) for (const feature of zeros) row[feature] = 0;
      for (const first of [0, 1, 3]) expectSums(rows, allWeights, 7, first);
    }
  });
});
