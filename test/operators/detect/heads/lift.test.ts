import { describe, expect, it } from 'vitest';
import { liftedLength, liftRows } from '../../../../operators/detect/heads/lift.ts';

describe('liftRows', () => {
  it('returns rows unchanged without a lift', () => {
    const rows = Float32Array.of(1, 2);
    expect(liftRows(undefined, rows, 2)).toBe(rows);
    expect(liftedLength(undefined, 2)).toBe(2);
  });

  it('takes signed square roots and scales every row to length 1', () => {
    const rows = liftRows({ kind: 'root' }, Float32Array.of(9, 16, 0, -4, 0, 0, 0, 0, 0), 3);
    expect([...rows]).toEqual([0.6, 0.8, 0, -1, 0, 0, 0, 0, 0].map(Math.fround));
    expect(liftedLength({ kind: 'root' }, 3)).toBe(3);
  });

  const random = (rows: number, seed = 5) => ({ kind: 'random', seed, rows }) as const;
  const input = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i));

  it('projects at random, reproducibly per seed, to values of at least 0', () => {
    const first = liftRows(random(64), input, 20);
    expect(first).toHaveLength(2 * 64);
    expect(first.every((value) => value >= 0)).toBe(true);
    expect(liftRows(random(64, 6), input, 20)).not.toEqual(first);
    expect(liftRows(random(64), input, 20)).toEqual(first);
    const pinned = [0, 1.2949622869491577, 0, 0, 0.07204467803239822, 0.45225441455841064];
    pinned.forEach((value, i) => expect(first[i]).toBeCloseTo(value, 6));
  });

  it('starts with the same values whatever the number of projections', () => {
    const many = liftRows(random(100), input, 20);
    const few = liftRows(random(7), input, 20);
    expect(few.subarray(0, 7)).toEqual(many.subarray(0, 7));
    expect(few.subarray(7)).toEqual(many.subarray(100, 107));
  });

  it('keeps half the mean square of a row, because the negative half is cut off', () => {
    const lifted = liftRows(random(4000), input.subarray(0, 20), 20);
    const meanSquare = (values: Float32Array) =>
      values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(meanSquare(lifted) / meanSquare(input.subarray(0, 20))).toBeCloseTo(0.5, 1);
  });
});
