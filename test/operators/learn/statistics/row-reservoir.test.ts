import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { RowReservoir } from '../../../../operators/learn/statistics/row-reservoir.ts';
import { unpackFloat16 } from '../../../../operators/foundation/numbers/float16.ts';

/** Rows of two values, the first of which identifies the row. */
const rowsOf = (from: number, count: number) =>
  Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? from + (i >> 1) : -1));
const names = (reservoir: RowReservoir) =>
  [...unpackFloat16(reservoir.rows)].filter((_, i) => i % 2 === 0);

describe('row reservoir', () => {
  it('holds all rows in order until it is full, and never exceeds its size', () => {
    const random = seededRandom(1);
    const three = new RowReservoir(2).with([rowsOf(0, 2), rowsOf(2, 1)], 4, random);
    expect(names(three)).toEqual([0, 1, 2]);
    const full = three.with([rowsOf(3, 100)], 4, random);
    expect(names(full)).toHaveLength(4);
    expect(full.seen).toBe(103);
    expect(full.bytes).toBe(16);
    expect(names(three)).toEqual([0, 1, 2]);
  });

  it('is a uniform sample of all offered rows, early or late', () => {
    const random = seededRandom(2);
    const counts = new Float64Array(10);
    for (let run = 0; run < 2000; run++) {
      const half = new RowReservoir(2).with([rowsOf(0, 5)], 3, random);
      for (const name of names(half.with([rowsOf(5, 5)], 3, random))) counts[name]!++;
    }
    // 600 each; five standard deviations are 102.
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(102);
  });

  it('drops random rows when its size is reduced', () => {
    const random = seededRandom(3);
    const full = new RowReservoir(2).with([rowsOf(0, 20)], 20, random);
    const counts = new Float64Array(20);
    for (let run = 0; run < 1000; run++) {
      const cut = names(full.with([], 5, random));
      expect(cut).toHaveLength(5);
      expect(cut).toEqual(cut.toSorted((a, b) => a - b));
      for (const name of cut) counts[name]!++;
    }
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(70);
    expect(names(full.with([], 0, random))).toEqual([]);
  });

  it('removes all copies of a row', () => {
    const random = seededRandom(4);
    const reservoir = new RowReservoir(2).with([rowsOf(0, 6)], 6, random);
    const without = reservoir.without([rowsOf(2, 2), rowsOf(40, 1)]);
    expect(names(without)).toEqual([0, 1, 4, 5]);
    expect(without.seen).toBe(4);
    expect(reservoir.without([])).toBe(reservoir);
  });
});
