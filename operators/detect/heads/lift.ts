import { seededRandom } from '../../foundation/numbers/seeded-random.ts';
import type { Lift } from './head.ts';

/** The length of a row of `length` values after the lift. */
export function liftedLength(lift: Lift | undefined, length: number): number {
  return lift?.kind === 'random' ? lift.rows : length;
}

/**
 * Applies a lift to count × length values; without one, returns the same array.
 *
 * A larger random projection starts with the outputs of a smaller one of the same seed. Its matrix
 * is cached, one per thread: 4 bytes × rows × length.
 */
export function liftRows(lift: Lift | undefined, rows: Float32Array, length: number): Float32Array {
  if (lift === undefined) return rows;
  return lift.kind === 'root' ? rootRows(rows, length) : projectRows(lift, rows, length);
}

/** Tukey's ladder of powers, as in "FeCAM", Goswami et al., 2023. */
function rootRows(rows: Float32Array, length: number): Float32Array {
  const lifted = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += length) {
    let norm = 0;
    for (let i = start; i < start + length; i++) norm += Math.abs(rows[i]!);
    const scale = norm > 0 ? 1 / Math.sqrt(norm) : 0;
    for (let i = start; i < start + length; i++) {
      lifted[i] = Math.sign(rows[i]!) * Math.sqrt(Math.abs(rows[i]!)) * scale;
    }
  }
  return lifted;
}

/** "RanPAC", McDonnell et al., 2023. */
function projectRows(
  lift: Extract<Lift, { kind: 'random' }>,
  rows: Float32Array,
  length: number,
): Float32Array {
  const matrix = projection(lift, length);
  const count = rows.length / length;
  const lifted = new Float32Array(count * lift.rows);
  for (let row = 0; row < count; row++) {
    const input = rows.subarray(row * length, (row + 1) * length);
    for (let out = 0; out < lift.rows; out++) {
      const start = out * length;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += matrix[start + i]! * input[i]!;
      if (sum > 0) lifted[row * lift.rows + out] = sum;
    }
  }
  return lifted;
}

interface Projection {
  readonly seed: number;
  readonly length: number;
  readonly matrix: Float32Array;
}

let cached: Projection | null = null;

/** The matrix of a seed, with at least `rows` rows. */
function projection({ seed, rows }: { seed: number; rows: number }, length: number): Float32Array {
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
