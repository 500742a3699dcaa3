import { describe, expect, it } from 'vitest';
import { factorCholesky } from '../../../../operators/foundation/linear-algebra/cholesky.ts';
import { addPenalty, Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';

const rows = Float32Array.of(1, 2, 3, 0, -1, 0.5, 0, 4, 2, 2);

describe('Gram', () => {
  it('sums weighted outer products of the rows and their constant 1', () => {
    const gram = new Gram(2);
    gram.add(Float32Array.of(3, 5), 2);
    expect([...gram.values]).toEqual([18, 30, 50, 6, 10, 2]);
    expect([...gram.sums()]).toEqual([6, 10, 2]);
    expect([gram.rows, gram.weight]).toEqual([1, 2]);
  });

  it('adds any number of rows at once like one by one', () => {
    const together = new Gram(2);
    together.add(rows, 0.5);
    const single = new Gram(2);
    for (let row = 0; row < 5; row++) single.add(rows.subarray(2 * row, 2 * row + 2), 0.5);
    expect(together.rows).toBe(5);
    together.values.forEach((value, i) => expect(value).toBeCloseTo(single.values[i]!, 12));
  });

  it('is exactly zero again after all rows are removed', () => {
    const gram = new Gram(2);
    gram.add(rows, 0.1);
    gram.add(rows.subarray(0, 4), -0.1);
    gram.add(rows.subarray(4), -0.1);
    expect(gram.rows).toBe(0);
    expect(gram.values.every((value) => value === 0)).toBe(true);
  });

  it('has clones that are independent of it', () => {
    const gram = new Gram(2);
    gram.add(rows, 1);
    const clone = gram.clone();
    clone.add(rows, 1);
    expect(clone.rows).toBe(2 * gram.rows);
    expect(clone.weight).toBe(2 * gram.weight);
  });
});

describe('addPenalty', () => {
  const variance = { lambda: 0.5, per: 'variance' } as const;
  const mean = { lambda: 0.5, per: 'mean' } as const;

  it('adds a share of its own variance to every feature, and almost nothing to the constant', () => {
    const gram = new Gram(2);
    gram.add(Float32Array.of(1, 0, 3, 8), 1);
    const plain = gram.values.slice();
    addPenalty(gram.values, 3, variance);
    const added = gram.values.map((value, i) => value - plain[i]!);
    expect(added[0]).toBeCloseTo(0.5 * 2, 12);
    expect(added[2]).toBeCloseTo(0.5 * 32, 12);
    expect(added[5]).toBeCloseTo(0, 6);
    for (const between of [1, 3, 4]) expect(added[between]).toBe(0);
  });

  it('adds a share of the mean diagonal to the whole diagonal', () => {
    const values = Float64Array.of(1, 7, 3);
    addPenalty(values, 2, mean);
    expect([...values]).toEqual([2, 7, 4]);
  });

  it.each([
    ['no rows', new Float32Array(0)],
    ['one row', Float32Array.of(2, 0)],
    ['equal rows', Float32Array.of(2, 3, 2, 3, 2, 3)],
    ['a feature that is always 0', Float32Array.of(2, 0, 4, 0)],
  ])('makes the moments of %s positive definite', (_, rowsOf) => {
    for (const penalty of [variance, mean]) {
      const gram = new Gram(2);
      gram.add(rowsOf, 1);
      addPenalty(gram.values, 3, penalty);
      expect([...factorCholesky(gram.values, 3)]).toHaveLength(1);
      expect(gram.values.every(Number.isFinite)).toBe(true);
    }
  });
});
