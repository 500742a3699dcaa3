import type { LinearLayer } from '../../../detect/heads/head.ts';
import type { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { mahalanobis, nearestMeans } from '../../solvers/nearest-means.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import { oracleShrinkage } from '../../statistics/oracle-shrinkage.ts';
import { deviations, withinCovariance } from '../../statistics/within-covariance.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { secondMoments } from './crop-sums.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * Upper bounds of γ1 (added on the diagonal) and γ2 (off it), in mean correlations. The paper uses
 * 1 and 1 for hundreds of images per class, although less would do with its features too. With many
 * rows, {@link oracleShrinkage} is smaller and applies, as in `tally`.
 */
const shrinkage = { dense: [1e-4, 0], crop: [0.3, 0.3] } as const;

/**
 * A `fecam-tied` strategy that has learned nothing yet.
 *
 * The variant of FeCAM with one covariance for all classes, which the paper has for few examples;
 * `fecam` is its main one. Mahalanobis distance to class means after Tukey's transform, with the
 * covariance normalised to correlations and shrunk.
 *
 * Crop embeddings are transformed by a root and scaled to length 1, which the head does too. Dense
 * latents, thousands per frame, are used as they are. The paper shrinks before it normalises and
 * measures plain differences. Embedding features differ in scale, so here correlations are shrunk
 * and differences are divided by the deviations too. The few features that can be negative keep
 * their sign; the paper has none.
 */
export function createFecamTied(options: StatisticsOptions = {}): Strategy {
  return new StatisticsStrategy<ClassMoments<Gram>>(
    {
      name: 'fecam-tied',
      paper:
        'FeCAM: exploiting the heterogeneity of class distributions in exemplar-free continual learning, Goswami et al., 2023',
      features: ownFeatures(options.seed ?? 1, embeddingLengthOf(options), { kind: 'root' }),
      cropSums: secondMoments,
      solveDense: (moments, classes) => solveCorrelated(moments, classes, shrinkage.dense),
      solveCrop: (moments, classes) => solveCorrelated(moments, classes, shrinkage.crop),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}

function* solveCorrelated(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  most: readonly [onDiagonal: number, offDiagonal: number],
): Generator<void, LinearLayer> {
  const { features, all } = moments;
  const matrix = yield* withinCovariance(moments);
  const estimate = oracleShrinkage([{ above: 0, covariance: matrix }], all.rows);
  const [onDiagonal, offDiagonal] = [Math.min(most[0], estimate), Math.min(most[1], estimate)];
  const spread = deviations(matrix, moments);
  const common = offDiagonal * correlate(matrix, spread);
  yield;
  let at = 0;
  for (let i = 0; i < features; i++) {
    for (let j = 0; j < i; j++) matrix[at + j] = matrix[at + j]! + common;
    at += i + 1;
    matrix[at - 1] = matrix[at - 1]! + onDiagonal;
  }
  const correlated = yield* mahalanobis(matrix, features);
  return yield* nearestMeans(moments, classes, (vector) => {
    for (let i = 0; i < features; i++) vector[i] = vector[i]! / spread[i]!;
    correlated(vector);
    for (let i = 0; i < features; i++) vector[i] = vector[i]! / spread[i]!;
  });
}

/**
 * Turns a covariance into correlations, in place. Returns the mean correlation, but at least 0,
 * because a negative one could make the matrix indefinite.
 */
function correlate(covariance: Float64Array, spread: Float64Array): number {
  let total = 0;
  let at = 0;
  for (let i = 0; i < spread.length; i++) {
    for (let j = 0; j <= i; j++) {
      const correlation = covariance[at]! / (spread[i]! * spread[j]!);
      covariance[at] = correlation;
      if (j < i) total += correlation;
      at++;
    }
  }
  return Math.max(0, total / Math.max(1, at - spread.length));
}
