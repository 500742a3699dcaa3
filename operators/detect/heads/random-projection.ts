import { seededRandom } from '../../foundation/numbers/seeded-random.ts';

interface Projection {
  readonly seed: number;
  readonly length: number;
  readonly matrix: Float32Array;
}

let cached: Projection | null = null;

/**
 * Multiplies count × `length` values by a random matrix of `rows` rows: count × `rows`.
 *
 * The matrix is that of the seed, with approximately Gaussian values of variance 1 / `length`. A
 * larger one starts with the rows of a smaller one. It is cached, one per thread: 4 bytes × rows ×
 * length.
 */
export function projectAtRandom(
  { seed, rows }: { readonly seed: number; readonly rows: number },
  values: Float32Array,
  length: number,
): Float32Array {
  const matrix = projection(seed, rows, length);
  const count = values.length / length;
  const projected = new Float32Array(count * rows);
  for (let row = 0; row < count; row++) {
    const input = values.subarray(row * length, (row + 1) * length);
    for (let out = 0; out < rows; out++) {
      const start = out * length;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += matrix[start + i]! * input[i]!;
      projected[row * rows + out] = sum;
    }
  }
  return projected;
}

/** The matrix of a seed, with at least `rows` rows. */
function projection(seed: number, rows: number, length: number): Float32Array {
  const fits = cached?.seed === seed && cached.length === length;
  if (cached === null || !fits || cached.matrix.length < rows * length) {
    cached = { seed, length, matrix: drawProjection(seed, rows * length, length) };
  }
  return cached.matrix;
}

/** Approximately Gaussian values of variance 1 / length, bit-identical on every machine. */
function drawProjection(seed: number, values: number, length: number): Float32Array {
  const random = seededRandom(seed);
  const matrix = new Float32Array(values);
  // The sum of four random bytes has a mean of 510 and a variance of 4 × (256² - 1) / 12.
  const scale = 1 / Math.sqrt(21_845 * length);
  for (let i = 0; i < values; i++) {
    const bits = random() * 2 ** 32;
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
    matrix[i] = (sum - 510) * scale;
  }
  return matrix;
}
