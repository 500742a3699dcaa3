import { describe, expect, it } from 'vitest';
import {
  fromFloat16,
  packFloat16,
  toFloat16,
  unpackFloat16,
} from '../../../../operators/foundation/numbers/float16.ts';

describe('float16', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [-1e9, 0xfc00],
    [Infinity, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -24, 0x0002],
    [1 / 3, 0x3555],
  ])('packs %d as IEEE 754 specifies', (value, expected) => {
    expect(toFloat16(value)).toBe(expected);
  });

  it('rounds a tie to the even neighbour', () => {
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toFloat16(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
  });

  it('converts every finite half back to its own bits', () => {
    const changed: number[] = [];
    for (let half = 0; half < 0x10000; half++) {
      const value = fromFloat16(half);
      if (!Number.isNaN(value) && !Object.is(toFloat16(value), half)) changed.push(half);
    }
    expect(changed).toEqual([]);
  });

  it('packs to the nearest of the two neighbours', () => {
    const further: number[] = [];
    for (let step = 0; step < 20_000; step++) {
      const value = Math.fround(Math.sin(step) * 2 ** ((step % 40) - 26));
      const half = toFloat16(value);
      const error = Math.abs(fromFloat16(half) - value);
      if (!(error <= Math.abs(fromFloat16(half ^ 1) - value))) further.push(value);
    }
    expect(further).toEqual([]);
  });

  it('keeps NaN a NaN', () => {
    expect(fromFloat16(toFloat16(NaN))).toBeNaN();
  });

  it('packs and unpacks vectors element by element', () => {
    const values = Float32Array.of(0.5, -3, 1 / 3);
    expect([...unpackFloat16(packFloat16(values))]).toEqual([0.5, -3, fromFloat16(0x3555)]);
  });
});
