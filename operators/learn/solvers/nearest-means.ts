import type { LinearLayer } from '../../detect/heads/head.ts';
import { factorCholesky, solveCholesky } from '../../foundation/linear-algebra/cholesky.ts';
import type { ClassMoments } from '../statistics/class-moments.ts';
import { backgroundSums, roundingWeight } from '../statistics/within-scatter.ts';

/**
 * Mean logit of a class's own rows against background; background rows lie equally far below 0.
 *
 * A Gaussian posterior over hundreds of dependent features is far too confident, and scores that
 * tie at 1 cannot be ranked. One temperature for all classes, taken from the sums, changes no
 * decision.
 */
export const ownLogit = 4;

/**
 * Replaces a vector v by C⁻¹·v in place, where C is the covariance that distances are measured
 * with.
 */
export type Metric = (vector: Float64Array) => void;

/** Plain Euclidean distance. */
export const euclidean: Metric = () => undefined;

/**
 * The metric of a covariance, packed lower triangle, which is overwritten. Yields every few
 * milliseconds.
 */
export function* mahalanobis(covariance: Float64Array, size: number): Generator<void, Metric> {
  yield* factorCholesky(covariance, size);
  return (vector) => solveCholesky(covariance, vector);
}

/**
 * The nearest-mean classifier, as a layer for softmax: a class's logit is half the squared distance
 * to the background mean minus half that to the class mean, over a temperature common to all
 * classes.
 *
 * The quadratic term in the row cancels, so the layer is linear. The background mean is taken over
 * the share of all rows that belongs to no class; without such rows it is the origin, where no
 * feature fires. A class without rows gets weights of zero. Yields every few milliseconds.
 */
export function* nearestMeans(
  moments: ClassMoments,
  classes: readonly string[],
  metric: Metric,
): Generator<void, LinearLayer> {
  const { features } = moments;
  const weights = new Float32Array(classes.length * features);
  const bias = new Float32Array(classes.length);
  const backgroundMean = backgroundMeanOf(moments);
  const planes: (Float64Array | null)[] = [];
  let distances = 0;
  let measured = 0;
  for (const name of classes) {
    const sums = moments.of(name);
    const mean = sums === undefined ? null : meanOf(sums.features);
    if (mean === null) {
      planes.push(null);
      continue;
    }
    const plane = new Float64Array(features + 1);
    for (let i = 0; i < features; i++) plane[i] = mean[i]! - backgroundMean[i]!;
    metric(plane.subarray(0, features));
    let shift = 0;
    let distance = 0;
    for (let i = 0; i < features; i++) {
      shift -= plane[i]! * (mean[i]! + backgroundMean[i]!) * 0.5;
      distance += plane[i]! * (mean[i]! - backgroundMean[i]!);
    }
    plane[features] = shift;
    planes.push(plane);
    distances += distance;
    measured++;
    yield;
  }
  // Half a squared distance is the mean logit of a class's own rows.
  const scale = distances > 0 ? ownLogit / (distances / measured / 2) : 0;
  for (const [row, plane] of planes.entries()) {
    if (plane === null) continue;
    for (let i = 0; i < features; i++) weights[row * features + i] = plane[i]! * scale;
    bias[row] = plane[features]! * scale;
  }
  return { weights, bias, length: features };
}

function backgroundMeanOf(moments: ClassMoments): Float64Array {
  const sums = backgroundSums(moments);
  const total = moments.all.sums().at(-1)!;
  // A smaller weight is rounding error.
  const mean = sums.at(-1)! > roundingWeight * total ? meanOf(sums) : null;
  return mean ?? new Float64Array(moments.features);
}

function meanOf(sums: Float64Array): Float64Array | null {
  const weight = sums.at(-1)!;
  return weight > 0 ? sums.subarray(0, -1).map((value) => value / weight) : null;
}
