import { describe, expect, it } from 'vitest';
import {
  liftedLength,
  liftRows,
  pairedCount,
  pairedLength,
} from '../../../../operators/detect/heads/lift.ts';

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

  it('standardises by a mean and a scale, to length 1', () => {
    const lift = {
      kind: 'standard',
      mean: Float32Array.of(1, 2),
      scale: Float32Array.of(2, 0.5),
    } as const;
    const rows = liftRows(lift, Float32Array.of(2.5, 10, 1, 2), 2);
    expect([...rows]).toEqual([0.6, 0.8, 0, 0].map(Math.fround));
    expect(liftedLength(lift, 2)).toBe(2);
  });

  it('draws Fourier features whose inner products approximate the kernel', () => {
    const lift = { kind: 'fourier', seed: 3, rows: 8000, gamma: 2 } as const;
    const lifted = liftRows(lift, input, 20);
    const root = liftRows({ kind: 'root' }, input, 20);
    let square = 0;
    let inner = 0;
    for (let i = 0; i < 20; i++) square += (root[i]! - root[20 + i]!) ** 2;
    for (let i = 0; i < lift.rows; i++) inner += lifted[i]! * lifted[lift.rows + i]!;
    expect(inner / lift.rows).toBeCloseTo(Math.exp(-lift.gamma * square), 1);
    const few = liftRows({ ...lift, rows: 5 }, input, 20);
    expect(few.subarray(0, 5)).toEqual(lifted.subarray(0, 5));
    expect(liftedLength(lift, 20)).toBe(8000);
  });

  it('takes all pairs of a few roots', () => {
    const lift = { kind: 'pairs', seed: 1, count: 3 } as const;
    const lifted = liftRows(lift, Float32Array.of(9, 16, 0), 3);
    expect(lifted).toHaveLength(9);
    expect([...lifted.subarray(0, 3)].sort()).toEqual([0, 0.6, 0.8].map(Math.fround));
    const [a, b, c] = lifted;
    const pairs = [a! * a!, b! * a!, b! * b!, c! * a!, c! * b!, c! * c!];
    expect([...lifted.subarray(3)]).toEqual(pairs.map(Math.fround));
    expect(liftedLength(lift, 3)).toBe(9);
    expect([1, 7, 512].map((count) => pairedCount(pairedLength(count)))).toEqual([1, 7, 512]);
  });

  it('takes the Gaussian kernel of signed roots with each centre', () => {
    const lift = { kind: 'gaussian', centres: Float32Array.of(0.6, 0.8, 1, 0), gamma: 2 } as const;
    const lifted = liftRows(lift, Float32Array.of(9, 16, 0, -4), 2);
    const squares = [0, 0.4 ** 2 + 0.8 ** 2, 0.6 ** 2 + 1.8 ** 2, 2];
    squares.forEach((square, i) => expect(lifted[i]).toBeCloseTo(Math.exp(-2 * square), 6));
    expect(lifted).toHaveLength(4);
    expect(liftedLength(lift, 2)).toBe(2);
  });

  it('keeps half the mean square of a row, because the negative half is cut off', () => {
    const lifted = liftRows(random(4000), input.subarray(0, 20), 20);
    const meanSquare = (values: Float32Array) =>
      values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(meanSquare(lifted) / meanSquare(input.subarray(0, 20))).toBeCloseTo(0.5, 1);
  });
});
