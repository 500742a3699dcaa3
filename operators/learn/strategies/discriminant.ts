import type { LinearLayer } from '../../detect/head.ts';
import { factorCholesky, packedLength, solveCholesky } from '../cholesky.ts';
import type { Scatter } from '../scatter.ts';
import { load } from '../stored-triangle.ts';

/**
 * Where a class's own rows lie on average, as the logit against background; background lies as far below 0.
 *
 * A Gaussian's posterior over hundreds of features that depend on one another is far too sure of itself, and scores
 * that tie at 1 rank nothing. One temperature for all classes, taken from the sums, changes no decision.
 */
const ownLogit = 4;

/** Least variance of a feature, in mean variances of its block: one that never varied must not count for everything. */
const varianceFloor = 0.01;

/**
 * The linear discriminant of a {@link Scatter} as a layer for softmax: a class's logit is half the squared
 * Mahalanobis distance to background's mean less half that to its own, over a common temperature. Squares of the row
 * itself cancel, since all share one covariance, so that the layer is linear.
 *
 * `shrinkage` is the share of each block's covariance that is replaced by its own diagonal. Background without rows lies
 * at the origin, where no feature fires. A class without rows gets weights of zero.
 * Yields every few milliseconds.
 */
export function* discriminant(
  scatter: Scatter,
  classes: readonly string[],
  shrinkage: number,
): Generator<void, LinearLayer> {
  const { features, layout } = scatter;
  const { rowLength, blocks } = layout;
  const factors: Float64Array[] = [];
  for (const i of blocks.keys()) factors.push(yield* factorBlock(scatter, i, shrinkage));
  const rest = meanOf(scatter.background, features);
  const weights = new Float32Array(classes.length * rowLength);
  const bias = new Float32Array(classes.length);
  let distances = 0;
  let measured = 0;
  for (const [row, name] of classes.entries()) {
    const own = scatter.classes.get(name);
    if (own === undefined || !(own.weight > 0)) continue;
    const mean = meanOf(own, features);
    let distance = 0;
    let shift = 0;
    let start = 0;
    for (const [i, columns] of blocks.entries()) {
      const plane = Float64Array.from(columns, (_, k) => mean[start + k]! - rest[start + k]!);
      solveCholesky(factors[i]!, plane);
      for (const [k, place] of columns.entries()) {
        const value = plane[k]!;
        weights[row * rowLength + place] = value;
        distance += value * (mean[start + k]! - rest[start + k]!);
        shift -= 0.5 * value * (mean[start + k]! + rest[start + k]!);
      }
      start += columns.length;
    }
    bias[row] = shift;
    distances += distance;
    measured++;
    yield;
  }
  // Half a squared distance is the mean logit of a class's own rows.
  const scale = distances > 0 ? ownLogit / (distances / measured / 2) : 0;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * scale;
  for (let i = 0; i < bias.length; i++) bias[i] = bias[i]! * scale;
  return { weights, bias, length: rowLength };
}

/** The Cholesky factor of a block's covariance, shrunk towards its diagonal. */
function* factorBlock(
  { within, layout, weight, classes, background }: Scatter,
  block: number,
  shrinkage: number,
): Generator<void, Float64Array> {
  const size = layout.blocks[block]!.length;
  const start = layout.blocks.slice(0, block).reduce((sum, { length }) => sum + length, 0);
  const total = weight > 0 ? weight : 1;
  const covariance = load(within[block]!).map((value) => value / total);
  let variance = 0;
  for (let i = 0; i < size; i++) variance += Math.max(0, covariance[packedLength(i + 1) - 1]!);
  // Where every group has a single row nothing varies, and what its features are has to do.
  let square = 0;
  for (const group of [...classes.values(), background]) {
    if (!(group.weight > 0)) continue;
    let own = 0;
    for (let i = start; i < start + size; i++) own += group.sums[i]! ** 2;
    square += own / group.weight / total;
  }
  const least = (varianceFloor * Math.max(variance, 1e-3 * square)) / size;
  for (let i = 0; i < covariance.length; i++) covariance[i] = (1 - shrinkage) * covariance[i]!;
  for (let i = 0; i < size; i++) {
    const diagonal = packedLength(i + 1) - 1;
    const own = covariance[diagonal]! / (1 - shrinkage);
    const added = covariance[diagonal]! + shrinkage * Math.max(own, least);
    covariance[diagonal] = added > 0 ? added : 1;
  }
  yield* factorCholesky(covariance, size);
  return covariance;
}

function meanOf(
  { weight, sums }: { readonly weight: number; readonly sums: Float32Array },
  features: number,
): Float64Array {
  const mean = new Float64Array(features);
  if (weight > 0) for (let i = 0; i < features; i++) mean[i] = sums[i]! / weight;
  return mean;
}
