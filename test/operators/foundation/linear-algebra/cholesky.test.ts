import { describe, expect, it } from 'vitest';
import {
  factorCholesky,
  packedLength,
  solveCholesky,
} from '../../../../operators/foundation/linear-algebra/cholesky.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

/** M·Mᵀ + I of a random M, packed. */
function positiveDefinite(n: number): Float64Array {
  const random = seededRandom(n);
  const m = Array.from({ length: n }, () => Array.from({ length: n }, () => random() - 0.5));
  const packed = new Float64Array(packedLength(n));
  let offset = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      packed[offset++] = m[i]!.reduce((sum, x, k) => sum + x * m[j]![k]!, i === j ? 1 : 0);
    }
  }
  return packed;
}

const at = (packed: Float64Array, i: number, j: number) =>
  packed[packedLength(Math.max(i, j)) + Math.min(i, j)]!;

describe('Cholesky factorisation', () => {
  it.each([1, 2, 3, 5, 63, 64, 65, 66, 67, 129, 200])('solves %d equations exactly', (n) => {
    const a = positiveDefinite(n);
    const b = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
    const factor = a.slice();
    const steps = [...factorCholesky(factor, n)];
    expect(steps).toHaveLength(Math.ceil(n / 64));
    const x = b.slice();
    solveCholesky(factor, x);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += at(a, i, j) * x[j]!;
      expect(sum).toBeCloseTo(b[i]!, 9);
    }
  });

  it('rejects a matrix that is not positive definite', () => {
    const singular = Float64Array.of(1, 1, 1);
    expect(() => [...factorCholesky(singular, 2)]).toThrow('not positive definite at column 1');
  });
});
