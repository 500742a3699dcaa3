import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { assign } from '../../../operators/track/assign.ts';

/** The largest sum of gains of any pairing, by exhaustive search. */
function bestByForce(gains: Float64Array, rows: number, columns: number): number {
  const from = (row: number, taken: number): number => {
    if (row === rows) return 0;
    let best = from(row + 1, taken);
    for (let column = 0; column < columns; column++) {
      const gain = gains[row * columns + column]!;
      if (gain <= 0 || (taken & (1 << column)) !== 0) continue;
      best = Math.max(best, gain + from(row + 1, taken | (1 << column)));
    }
    return best;
  };
  return from(0, 0);
}

describe('assign', () => {
  it('finds the pairing of the largest total gain for tables of any shape', () => {
    const random = seededRandom(1);
    for (let round = 0; round < 400; round++) {
      const rows = Math.floor(random() * 7);
      const columns = Math.floor(random() * 7);
      // Sparse, like overlaps above a minimum, and with ties.
      const gains = Float64Array.from({ length: rows * columns }, () =>
        random() < 0.4 ? 0 : Math.round(random() * 20) / 20,
      );
      const pairs = assign(gains, rows, columns);
      const pairList = [...pairs].flatMap((column, row) => (column < 0 ? [] : [{ row, column }]));
      expect(new Set(pairList.map(({ column }) => column)).size).toBe(pairList.length);
      expect(pairList.every(({ row, column }) => gains[row * columns + column]! > 0)).toBe(true);
      const sum = pairList.reduce((total, p) => total + gains[p.row * columns + p.column]!, 0);
      expect(sum).toBeCloseTo(bestByForce(gains, rows, columns), 9);
    }
  });

  it('prefers two good pairs to the single best pair, unlike a greedy assignment', () => {
    expect([...assign(Float64Array.of(0.9, 0.8, 0.7, 0), 2, 2)]).toEqual([1, 0]);
  });

  it('makes no pairs in an empty table and throws for a wrong size', () => {
    expect([...assign(new Float64Array(0), 3, 0)]).toEqual([-1, -1, -1]);
    expect(() => assign(new Float64Array(5), 2, 3)).toThrow(RangeError);
  });
});
