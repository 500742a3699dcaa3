import { describe, expect, it } from 'vitest';
import { packedLength } from '../../../../operators/foundation/linear-algebra/cholesky.ts';
import { mapSpectrum } from '../../../../operators/foundation/linear-algebra/spectral-map.ts';
import { symmetricEigen } from '../../../../operators/foundation/linear-algebra/symmetric-eigen.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';

const random = seededRandom(4);
const draw = (length: number) => Float64Array.from({ length }, () => 2 * random() - 1);

/** Σ x·xᵀ over rows of n values, packed and whole. */
function squaresOf(rows: Float64Array, n: number) {
  const packed = new Float64Array(packedLength(n));
  const whole = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let row = 0; row < rows.length; row += n) sum += rows[row + i]! * rows[row + j]!;
      packed[packedLength(i) + j] = whole[i * n + j] = whole[j * n + i] = sum;
    }
  }
  return { packed, whole };
}

/** f(A)·B from all eigenvectors, by Jacobi rotations. */
function mapByJacobi(
  whole: Float64Array,
  columns: Float64Array,
  f: (value: number) => number,
): Float64Array {
  const n = Math.sqrt(whole.length);
  const count = columns.length / n;
  const mapped = new Float64Array(columns.length);
  const { values, vectors } = symmetricEigen(whole, n);
  for (const [k, value] of values.entries()) {
    for (let column = 0; column < count; column++) {
      let dot = 0;
      for (let i = 0; i < n; i++) dot += vectors[k * n + i]! * columns[i * count + column]!;
      for (let i = 0; i < n; i++) {
        mapped[i * count + column]! += f(value) * dot * vectors[k * n + i]!;
      }
    }
  }
  return mapped;
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const cut = (value: number) => (value > 4 ? 1 / value : 0);

describe('map of a spectrum', () => {
  it.each([1, 2, 3, 6, 33, 50])('is that of all eigenvectors, for a matrix of %d rows', (n) => {
    const { packed, whole } = squaresOf(draw(3 * n * n), n);
    for (const f of [cut, Math.sqrt, (value: number) => value]) {
      const columns = draw(n * 3);
      const expected = mapByJacobi(whole, columns, f);
      runAtOnce(mapSpectrum(packed.slice(), columns, (values) => values.map(f)));
      expect(largestDifference(columns, expected)).toBeLessThan(1e-10);
    }
  });

  it('refuses values that are not finite, instead of mapping them to nothing', () => {
    const { packed } = squaresOf(draw(20 * 5), 5);
    packed[packedLength(3) + 1] = NaN;
    const map = mapSpectrum(packed, draw(5), (values) => values);
    expect(() => runAtOnce(map)).toThrow('not finite');
  });

  it.each([0, 1, 5, 20])('stops early at a rank of %d', (rank) => {
    const n = 64;
    const { packed, whole } = squaresOf(draw(rank * n), n);
    const columns = draw(n * 2);
    const f = (value: number) => (value > 1e-6 ? 1 / value : 0);
    const expected = mapByJacobi(whole, columns, f);
    let found = 0;
    const factors = (values: Float64Array) => {
      found = values.length;
      return values.map(f);
    };
    runAtOnce(mapSpectrum(packed, columns, factors));
    expect(largestDifference(columns, expected)).toBeLessThan(1e-8);
    // In exact arithmetic, one more than the rank.
    expect(found).toBeLessThanOrEqual(rank + 4);
  });

  it('solves features that are always zero, alike, or independent', () => {
    const rows = Float64Array.of(...[1, 0, 1, 0, 2], ...[2, 0, 2, 0, 1]);
    const { packed, whole } = squaresOf(rows, 5);
    const f = (value: number) => (value > 1e-9 ? 1 / value : 0);
    const columns = Float64Array.of(1, 2, 3, 4, 5);
    const expected = mapByJacobi(whole, columns, f);
    runAtOnce(mapSpectrum(packed, columns, (values) => values.map(f)));
    expect(largestDifference(columns, expected)).toBeLessThan(1e-12);
    const diagonal = Float64Array.of(4, 0, 9, 0, 0, 16);
    const ones = new Float64Array(3).fill(1);
    runAtOnce(mapSpectrum(diagonal, ones, (values) => values.map((value) => 1 / value)));
    expect([...ones]).toEqual([1 / 4, 1 / 9, 1 / 16]);
  });

  it('pauses', () => {
    const n = 400;
    const { packed } = squaresOf(draw(30 * n), n);
    let pauses = 0;
    const steps = mapSpectrum(packed, draw(n * 200), (values) => values);
    while (steps.next().done !== true) pauses++;
    expect(pauses).toBeGreaterThan(3);
  });
});
