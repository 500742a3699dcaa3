import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { symmetricEigen } from '../../../../operators/foundation/linear-algebra/symmetric-eigen.ts';

function makeSymmetric(n: number): Float64Array {
  const random = seededRandom(6);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      matrix[i * n + j] = matrix[j * n + i] = 2 * random() - 1;
    }
  }
  return matrix;
}

function largest(values: Iterable<number>): number {
  return [...values].reduce((top, value) => Math.max(top, Math.abs(value)), 0);
}

describe('symmetric eigen', () => {
  it('solves a matrix with known eigenvectors', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
    expect(Math.abs(vectors[0]!)).toBeCloseTo(Math.SQRT1_2, 12);
    expect(vectors[0]).toBeCloseTo(vectors[1]!, 12);
    expect(vectors[2]).toBeCloseTo(-vectors[3]!, 12);
  });

  it('returns orthonormal vectors that the matrix only scales', () => {
    const n = 40;
    const matrix = makeSymmetric(n);
    const { values, vectors } = symmetricEigen(matrix, n);
    const errors: number[] = [];
    for (let row = 0; row < n; row++) {
      const vector = vectors.subarray(row * n, (row + 1) * n);
      for (let i = 0; i < n; i++) {
        let product = 0;
        let dot = 0;
        for (let j = 0; j < n; j++) {
          product += matrix[i * n + j]! * vector[j]!;
          dot += vectors[i * n + j]! * vector[j]!;
        }
        errors.push(product - values[row]! * vector[i]!, dot - (i === row ? 1 : 0));
      }
    }
    expect(largest(errors)).toBeLessThan(1e-10);
    expect(largest([...values].slice(1).map((value, i) => Math.max(0, value - values[i]!)))).toBe(
      0,
    );
  });

  it('only sorts a diagonal matrix', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(1, 0, 0, 0, 5, 0, 0, 0, 0), 3);
    expect([...values]).toEqual([5, 1, 0]);
    expect([...vectors]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1]);
  });
});
