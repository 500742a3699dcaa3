import type { LinearLayer } from '../../detect/head.ts';
import { packedLength } from '../cholesky.ts';
import type { ClassMoments } from '../class-moments.ts';
import { Gram } from '../gram.ts';
import { mahalanobis, meanVariance, nearestMeans, withinCovariance } from './class-means.ts';
import { ownFeatures } from './look-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** The paper's γ1 and γ2: mean variance added on the diagonal, mean covariance off it. */
const shrinkage = { diagonal: 1, offDiagonal: 1 };

/**
 * Feature covariance-aware metric: Mahalanobis distance to class means after Tukey's transform, its covariance shrunk
 * and normalised to correlations.
 *
 * Looks are transformed by a root and scaled to length 1, which the head does too; dense latents, of which there are
 * thousands a frame, are taken as they are. The paper's main variant keeps a covariance a class: its distances
 * are quadratic, which no linear layer computes, so this is its variant with one covariance for all classes. Signs of the
 * few features that can be negative are kept, where the paper has none.
 */
export function createFecam(options: StatisticsOptions = {}): StatisticsStrategy<Gram> {
  return new StatisticsStrategy<Gram>(
    {
      name: 'fecam',
      paper:
        'FeCAM: exploiting the heterogeneity of class distributions in exemplar-free continual learning, Goswami et al., 2023',
      looks: ownFeatures(options.seed ?? 1, { kind: 'root' }),
      emptyLooks: (features) => new Gram(features),
      solveDense: measure,
      solveLook: measure,
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}

function* measure(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
): Generator<void, LinearLayer> {
  const { features } = moments;
  const covariance = yield* withinCovariance(moments);
  shrink(covariance, features);
  yield;
  normalise(covariance, features);
  return yield* nearestMeans(moments, classes, yield* mahalanobis(covariance, features));
}

/** Σ + γ1·V1 on the diagonal and Σ + γ2·V2 off it, V1 and V2 the means of either. */
function shrink(covariance: Float64Array, size: number): void {
  const variance = meanVariance(covariance, size);
  let total = 0;
  let trace = 0;
  for (const value of covariance) total += value;
  for (let i = 0; i < size; i++) trace += covariance[packedLength(i + 1) - 1]!;
  // A negative mean could cost the matrix its positive definiteness.
  const common = Math.max(0, (total - trace) / Math.max(1, packedLength(size) - size));
  let at = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      covariance[at] = covariance[at]! + shrinkage.offDiagonal * common;
      at++;
    }
    covariance[at] = covariance[at]! + shrinkage.diagonal * variance;
    at++;
  }
}

/** Divides by both features' standard deviations: a diagonal of ones. */
function normalise(covariance: Float64Array, size: number): void {
  const deviations = Float64Array.from({ length: size }, (_, i) =>
    Math.sqrt(covariance[packedLength(i + 1) - 1]!),
  );
  let at = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      covariance[at] = covariance[at]! / (deviations[i]! * deviations[j]!);
      at++;
    }
  }
}
