import { describe, expect, it } from 'vitest';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import { RowSums } from '../../../../operators/foundation/linear-algebra/row-sums.ts';

const rows = Float32Array.of(1, 2, 3, 0, -1, 0.5);

describe('RowSums', () => {
  it('equals the first moments of a Gram', () => {
    const sums = new RowSums(2);
    const gram = new Gram(2);
    for (const moments of [sums, gram]) moments.add(rows, 0.5);
    expect([...sums.sums()]).toEqual([...gram.sums()]);
    expect([...sums.leading(1).sums()]).toEqual([...gram.leading(1).sums()]);
    expect(sums.rows).toBe(gram.rows);
  });

  it('keeps the squares of a Gram, value by value', () => {
    const sums = new RowSums(2);
    const gram = new Gram(2);
    for (const moments of [sums, gram]) {
      moments.add(rows, 0.5);
      moments.addMass(Float64Array.of(1, 2), 4, -1);
    }
    const squares = [gram.values[0], gram.values[2]];
    expect([...sums.squares()]).toEqual(squares);
    expect([...sums.leading(1).squares()]).toEqual(squares.slice(0, 1));
  });

  it('is exactly zero again after all rows are removed', () => {
    const sums = new RowSums(2);
    sums.add(rows, 0.1);
    sums.add(rows, -0.1);
    expect(sums.rows).toBe(0);
    expect([...sums.values]).toEqual([0, 0, 0, 0, 0]);
  });

  it('has clones that are independent of it', () => {
    const sums = new RowSums(2);
    sums.add(rows, 1);
    const clone = sums.clone();
    clone.add(rows, 1);
    expect([sums.rows, clone.rows]).toEqual([3, 6]);
    expect([...sums.sums()]).toEqual([3, 2.5, 3]);
  });
});
