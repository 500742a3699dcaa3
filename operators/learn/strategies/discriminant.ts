import type { LinearLayer } from '../../detect/head.ts';
import { factorCholesky, packedLength, solveCholeskyMany } from '../cholesky.ts';
import { featuresOf, type Scatter } from '../scatter.ts';
import { load } from '../stored-triangle.ts';
import { ownLogit } from './class-means.ts';
import { varianceFloor } from './within-covariance.ts';

/**
 * How much likelier background is than any one class, as a logit, before anything is seen: most of what is looked at is
 * none of them. With few labels little of what background looks like has been seen; without this, half of
 * all the rest would be named.
 */
const backgroundLogit = 1;

/** A class of which there are no rows is not named by them. */
const absentLogit = -20;

/** Classes whose planes are solved between two pauses: 2 ms or so of the widest block. */
const solvedAtOnce = 8;

/**
 * The linear discriminant of a {@link Scatter} as a layer for softmax: a class's logit is half the squared
 * Mahalanobis distance to background's mean less half that to its own, over a common temperature. Squares of the row
 * itself cancel, since all share one covariance, so that the layer is linear.
 *
 * `shrinkage` is the share of each block's covariance that is replaced by its own diagonal. Background without rows lies
 * at the origin, where no feature fires. A class without rows is never named.
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
  const shifts = new Float64Array(classes.length);
  let distances = 0;
  const known = [...classes.entries()].filter(
    ([, name]) => (scatter.classes.get(name)?.weight ?? 0) > 0,
  );
  for (let first = 0; first < known.length; first += solvedAtOnce) {
    const own = known.slice(first, first + solvedAtOnce);
    const means = own.map(([, name]) => meanOf(scatter.classes.get(name)!, features));
    let start = 0;
    for (const [i, { length }] of blocks.entries()) {
      const [from, to] = [start, start + length];
      const planes = means.map((mean) =>
        mean.slice(from, to).map((value, k) => value - rest[from + k]!),
      );
      solveCholeskyMany(factors[i]!, planes);
      for (const [side, [row]] of own.entries()) {
        const mean = means[side]!;
        let shift = 0;
        for (const [k, place] of blocks[i]!.entries()) {
          const value = planes[side]![k]!;
          weights[row * rowLength + place] = value;
          distances += value * (mean[from + k]! - rest[from + k]!);
          shift -= 0.5 * value * (mean[from + k]! + rest[from + k]!);
        }
        shifts[row] = shifts[row]! + shift;
      }
      start = to;
    }
    yield;
  }
  // Half a squared distance is the mean logit of a class's own rows.
  const scale = distances > 0 ? ownLogit / (distances / known.length / 2) : 0;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * scale;
  const bias = new Float32Array(classes.length).fill(absentLogit);
  for (const [row] of known) bias[row] = shifts[row]! * scale - backgroundLogit;
  return { weights, bias, length: rowLength };
}

/**
 * The Cholesky factor of a block's covariance, shrunk towards its diagonal.
 *
 * Rounding that is left of rows which were taken out, or of very many changes, can outweigh what is in it and
 * leave it indefinite. It is shrunk more then, if need be to its diagonal: an update does not fail for that.
 */
function* factorBlock(
  scatter: Scatter,
  block: number,
  shrinkage: number,
): Generator<void, Float64Array> {
  const size = scatter.layout.blocks[block]!.length;
  const total = scatter.weight > 0 ? scatter.weight : 1;
  const covariance = load(scatter.within[block]!).map((value) => value / total);
  const least = leastVariance(scatter, block, covariance);
  for (let share = shrinkage; ; share = Math.min(1, 10 * share)) {
    const shrunk = shrink(covariance, size, share, least);
    try {
      yield* factorCholesky(shrunk, size);
      return shrunk;
    } catch (error) {
      if (!(error instanceof RangeError) || share === 1) throw error;
    }
  }
}

function leastVariance(
  { layout, weight, classes, background }: Scatter,
  block: number,
  covariance: Float64Array,
): number {
  const size = layout.blocks[block]!.length;
  const start = featuresOf(layout.blocks.slice(0, block));
  let variance = 0;
  for (let i = 0; i < size; i++) variance += Math.max(0, covariance[packedLength(i + 1) - 1]!);
  // Where every group has a single row nothing varies, and what its features are has to do.
  let square = 0;
  for (const group of [...classes.values(), background]) {
    if (!(group.weight > 0)) continue;
    let own = 0;
    for (let i = start; i < start + size; i++) own += group.sums[i]! ** 2;
    square += own / group.weight / weight;
  }
  return (varianceFloor * Math.max(variance, 1e-3 * square)) / size;
}

function shrink(
  covariance: Float64Array,
  size: number,
  share: number,
  least: number,
): Float64Array {
  const shrunk = covariance.map((value) => (1 - share) * value);
  for (let i = 0; i < size; i++) {
    const diagonal = packedLength(i + 1) - 1;
    const added = shrunk[diagonal]! + share * Math.max(covariance[diagonal]!, least);
    shrunk[diagonal] = added > 0 ? added : 1;
  }
  return shrunk;
}

function meanOf(
  { weight, sums }: { readonly weight: number; readonly sums: Float32Array },
  features: number,
): Float64Array {
  const mean = new Float64Array(features);
  if (weight > 0) for (let i = 0; i < features; i++) mean[i] = sums[i]! / weight;
  return mean;
}
