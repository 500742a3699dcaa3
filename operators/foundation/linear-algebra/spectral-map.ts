import { packedLength } from './cholesky.ts';
import { tridiagonalise, type Tridiagonal } from './tridiagonal.ts';
import { tridiagonalEigen, type Sweep } from './tridiagonal-eigen.ts';

/** Values of right-hand sides changed between two pauses: about 10 ms. */
const valuesPerPause = 2e6;

/**
 * Replaces each column b by f(A)·b, where f(A) has the eigenvectors of A and `factors` of its
 * eigenvalues.
 *
 * A is a positive semidefinite n × n matrix, packed lower triangle, which is destroyed. Its
 * eigenvalues come in no order; those not listed are zero up to rounding, and their factor is 0.
 * `columns` are n × count values. No eigenvector is formed, so that this takes little more than a
 * Householder reduction. Yields every few milliseconds.
 */
export function* mapSpectrum(
  a: Float64Array,
  columns: Float64Array,
  factors: (eigenvalues: Float64Array) => Float64Array,
): Generator<void, void> {
  const n = Math.round((Math.sqrt(8 * a.length + 1) - 1) / 2);
  const count = columns.length / n;
  if (count === 0) return;
  const matrix = yield* tridiagonalise(a, n);
  const { values, sweeps } = yield* tridiagonalEigen(matrix);
  yield* reflect(matrix, columns, count, false);
  const within = columns.subarray(matrix.first * count);
  columns.fill(0, 0, matrix.first * count);
  yield* turn(sweeps, within, count, false);
  const scales = factors(values);
  for (let row = 0; row < scales.length; row++) {
    for (let j = row * count; j < (row + 1) * count; j++) within[j] = within[j]! * scales[row]!;
  }
  yield* turn(sweeps, within, count, true);
  yield* reflect(matrix, columns, count, true);
}

/** Multiplies columns by Qᵀ, or `back` by Q. */
function* reflect(
  { first, reflections, scales }: Tridiagonal,
  columns: Float64Array,
  count: number,
  back: boolean,
): Generator<void, void> {
  const n = scales.length;
  const dots = new Float64Array(count);
  let values = 0;
  for (let step = first + 1; step < n; step++) {
    const i = back ? step : n + first - step;
    const scale = scales[i]!;
    if (scale === 0) continue;
    const at = packedLength(i);
    dots.fill(0);
    for (let row = 0; row < i; row++) {
      const v = reflections[at + row]!;
      for (let j = 0; j < count; j++) dots[j] = dots[j]! + v * columns[row * count + j]!;
    }
    for (let row = 0; row < i; row++) {
      const v = scale * reflections[at + row]!;
      for (let j = 0, to = row * count; j < count; j++, to++) {
        columns[to] = columns[to]! - v * dots[j]!;
      }
    }
    values += 2 * i * count;
    if (values < valuesPerPause) continue;
    values = 0;
    yield;
  }
}

/** Turns columns into components along the eigenvectors, or `back`. */
function* turn(
  sweeps: readonly Sweep[],
  columns: Float64Array,
  count: number,
  back: boolean,
): Generator<void, void> {
  let values = 0;
  for (const { end, turns } of back ? sweeps.toReversed() : sweeps) {
    const rotations = turns.length / 2;
    for (let step = 0; step < rotations; step++) {
      const i = back ? rotations - 1 - step : step;
      const sine = back ? -turns[2 * i + 1]! : turns[2 * i + 1]!;
      rotate(columns, (end - 1 - i) * count, count, turns[2 * i]!, sine);
    }
    values += turns.length * count;
    if (values < valuesPerPause) continue;
    values = 0;
    yield;
  }
}

/** Rotates the row of `count` values at `at` and the one after it. */
function rotate(
  columns: Float64Array,
  at: number,
  count: number,
  cosine: number,
  sine: number,
): void {
  for (let upper = at, lower = at + count; upper < at + count; upper++, lower++) {
    const x = columns[upper]!;
    const y = columns[lower]!;
    columns[upper] = cosine * x - sine * y;
    columns[lower] = sine * x + cosine * y;
  }
}
