import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { packedLength } from '../../../../operators/foundation/linear-algebra/cholesky.ts';
import {
  deviationsOf,
  load,
  rowsLength,
  store,
  storedBytes,
} from '../../../../operators/foundation/linear-algebra/stored-triangle.ts';

const size = 6;

/** Second moments of random rows whose features differ in scale by powers of ten. */
function triangle(seed: number): Float64Array {
  const random = seededRandom(seed);
  const rows = Array.from({ length: 20 }, () =>
    Array.from({ length: size }, (_, i) => (random() - 0.3) * 10 ** (i - 3)),
  );
  const values: number[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) values.push(rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0));
  }
  return Float64Array.from(values);
}

describe('a stored triangle', () => {
  it('keeps float32 precision', () => {
    const values = triangle(1);
    const loaded = load(store(values, size, { half: false, seed: 1 }));
    values.forEach((value, i) => expect(loaded[i]! / value).toBeCloseTo(1, 6));
  });

  it('at two bytes per value keeps a unit of correlation, and float32 precision on the diagonal', () => {
    const values = triangle(2);
    const loaded = load(store(values, size, { half: true, seed: 1 }));
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        const at = packedLength(i) + j;
        const scale = Math.sqrt(
          values[packedLength(i + 1) - 1]! * values[packedLength(j + 1) - 1]!,
        );
        const tolerance = i === j ? 1e-6 : 1.01 / 32_767;
        expect(Math.abs(loaded[at]! - values[at]!) / scale).toBeLessThan(tolerance);
      }
    }
  });

  it('preserves on average what is smaller than a unit', () => {
    // A correlation of a tenth of a unit.
    const values = Float64Array.of(1, 0.1 / 32_767, 1);
    let sum = 0;
    for (let seed = 1; seed <= 2000; seed++)
      sum += load(store(values, 2, { half: true, seed }))[1]!;
    expect((sum / 2000) * 32_767).toBeCloseTo(0.1, 1);
    expect(sum).toBeGreaterThan(0);
  });

  it('accepts features without variance', () => {
    expect([...load(store(new Float64Array(3), 2, { half: true, seed: 1 }))]).toEqual([0, 0, 0]);
  });

  it.each([false, true])('is the same in two parts, upper and lower rows (half: %s)', (half) => {
    const values = triangle(4);
    const upper = 2;
    const split = packedLength(upper);
    const options = { half, seed: 1 };
    const first = store(values.slice(0, split), upper, options);
    const above = half ? deviationsOf(first) : new Float32Array(upper);
    const rest = store(values.slice(split), size - upper, { ...options, above });
    const loaded = [...load(first), ...load(rest, above)];
    const whole = load(store(values, size, options));
    loaded.forEach((value, i) => {
      const unit = half ? 2 / 32_767 : 1e-6;
      expect(Math.abs(value - whole[i]!) / Math.abs(values[i]!)).toBeLessThan(100 * unit);
    });
    expect(rowsLength(size - upper, upper)).toBe(values.length - split);
  });

  it('takes the stated number of bytes', () => {
    const whole = store(triangle(3), size, { half: false, seed: 1 });
    expect(whole).toBeInstanceOf(Float32Array);
    expect((whole as Float32Array).byteLength).toBe(storedBytes(size, false));
    const half = store(triangle(3), size, { half: true, seed: 1 });
    if (half instanceof Float32Array) throw new TypeError('expected half precision');
    expect(half.deviations.byteLength + half.correlations.byteLength).toBe(storedBytes(size, true));
  });
});
