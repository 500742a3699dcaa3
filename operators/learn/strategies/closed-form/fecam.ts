import type { LinearLayer } from '../../../detect/heads/head.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { mahalanobis, nearestMeans } from '../../solvers/nearest-means.ts';
import { ownFeatures } from './embedding-features.ts';
import { oracleShare } from '../../statistics/oracle-shrinkage.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';
import { deviations, withinCovariance } from '../../statistics/within-covariance.ts';

/**
 * What is added to correlations at most, in their means: γ1 on the diagonal, γ2 off it. The paper takes 1 and 1 for hundreds of
 * images a class, less would do with its features too; where rows are many, it is the {@link oracleShare} here, as for
 * the default.
 */
const shrinkage = { dense: [1e-4, 0], look: [0.3, 0.3] } as const;

/**
 * Feature covariance-aware metric: Mahalanobis distance to class means after Tukey's transform, its covariance
 * normalised to correlations and shrunk.
 *
 * Looks are transformed by a root and scaled to length 1, which the head does too; dense latents, of which there are
 * thousands a frame, are taken as they are. The paper's main variant keeps a covariance a class: its distances
 * are quadratic, which no linear layer computes, so this is its variant with one covariance for all classes. It shrinks
 * first and normalises then, and measures plain differences; features of looks differ in scale, so here
 * correlations are shrunk, and the differences are divided by the deviations too. Signs of the few features that can
 * be negative are kept, where the paper has none.
 */
export function createFecam(options: StatisticsOptions = {}): StatisticsStrategy<Gram> {
  return new StatisticsStrategy<Gram>(
    {
      name: 'fecam',
      paper:
        'FeCAM: exploiting the heterogeneity of class distributions in exemplar-free continual learning, Goswami et al., 2023',
      looks: ownFeatures(options.seed ?? 1, { kind: 'root' }),
      emptyLooks: (features) => new Gram(features),
      solveDense: (moments, classes) => measure(moments, classes, shrinkage.dense),
      solveLook: (moments, classes) => measure(moments, classes, shrinkage.look),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}

function* measure(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  most: readonly [onDiagonal: number, offDiagonal: number],
): Generator<void, LinearLayer> {
  const { features, all } = moments;
  const matrix = yield* withinCovariance(moments);
  const enough = oracleShare([{ above: 0, covariance: matrix }], all.rows);
  const [onDiagonal, offDiagonal] = [Math.min(most[0], enough), Math.min(most[1], enough)];
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
 * Turns a covariance into correlations, in place; returns the mean correlation, at least 0: a negative
 * one could cost the matrix its positive definiteness.
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
