import type { LinearLayer } from '../../detect/heads/head.ts';
import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import type { Gram } from '../../foundation/linear-algebra/gram.ts';
import { mapSpectrum } from '../../foundation/linear-algebra/spectral-map.ts';
import type { ClassMoments } from '../statistics/class-moments.ts';
import { scalePlane } from './ridge-layer.ts';

/**
 * Share of the largest eigenvalue below which one is not inverted. Sums in float64 that rows were
 * added to and removed from hundreds of times are exact to about 1e-15 of it.
 */
const eigenvalueMin = 1e-10;

/**
 * Least squares of minimum norm from sums, on the strongest directions of the rows: one against the
 * rest, without a penalty and without a constant.
 *
 * Of the singular values of the rows × features matrix X, the smallest are dropped, a share
 * `dropped` of as many as rows or features, whichever are fewer. With the others, X ≈ V·Σ·Uᵀ, the
 * plane of a class is U·Σ⁻²·Uᵀ·Σ t·x, from the eigenvectors U and eigenvalues Σ² of the second
 * moments. Also dropped are singular values below 1e-5 of the largest, which rows that repeat each
 * other have. Planes are scaled and shifted as by ridge regression; a class without rows gets
 * weights of zero. Yields every few milliseconds.
 */
export function* solveTruncated(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  dropped: number,
): Generator<void, LinearLayer> {
  const { features, all } = moments;
  const known = classes.flatMap((name, row) => {
    const sums = moments.of(name);
    return sums === undefined ? [] : [{ row, sums }];
  });
  const columns = new Float64Array(features * known.length);
  for (const [column, { sums }] of known.entries()) {
    for (let i = 0; i < features; i++) columns[i * known.length + column] = sums.features[i]!;
  }
  const kept = Math.round((1 - dropped) * Math.min(all.rows, features));
  const squares = all.values.slice(0, packedLength(features));
  yield* mapSpectrum(squares, columns, (values) => invertLargest(values, kept));
  const total = all.sums();
  const weights = new Float32Array(classes.length * features);
  const bias = new Float32Array(classes.length);
  for (const [column, { row, sums }] of known.entries()) {
    const plane = new Float64Array(features + 1);
    for (let i = 0; i < features; i++) plane[i] = columns[i * known.length + column]!;
    scalePlane(plane, sums, total);
    weights.set(plane.subarray(0, features), row * features);
    bias[row] = plane[features]!;
  }
  return { weights, bias, length: features };
}

/** 1 / value of the `kept` largest values, and 0 of the others. */
function invertLargest(values: Float64Array, kept: number): Float64Array {
  const descending = values.toSorted().reverse();
  const smallest = descending[Math.min(kept, values.length) - 1] ?? Infinity;
  const least = Math.max(smallest, eigenvalueMin * descending[0]!);
  return values.map((value) => (value > 0 && value >= least ? 1 / value : 0));
}
