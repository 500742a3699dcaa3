import type { LinearLayer } from '../../detect/head.ts';
import { packedLength } from '../cholesky.ts';
import type { ClassMoments } from '../class-moments.ts';
import { Gram } from '../gram.ts';
import { mahalanobis, meanVariance, nearestMeans, withinCovariance } from './class-means.ts';
import { ownFeatures } from './look-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** Share of the covariance that is replaced by its mean variance on the diagonal. The paper's is 1e-4. */
const shrinkage = { dense: 1e-4, look: 1e-1 };

/**
 * Streaming linear discriminant analysis: a mean a class and one covariance that all classes and background share.
 *
 * The paper takes one row an image and shrinks by 1e-4 of the identity; here objects bring cells and looks, and what the
 * covariance is shrunk to has the mean variance of the features. Its streaming box regression is left out:
 * boxes come from the frozen base head, for every method alike.
 */
export function createSlda(options: StatisticsOptions = {}): StatisticsStrategy<Gram> {
  return new StatisticsStrategy<Gram>(
    {
      name: 'slda',
      paper:
        'Lifelong machine learning with deep streaming linear discriminant analysis, Hayes and Kanan, 2020',
      looks: ownFeatures(options.seed ?? 1),
      emptyLooks: (features) => new Gram(features),
      solveDense: (moments, classes) => discriminate(moments, classes, shrinkage.dense),
      solveLook: (moments, classes) => discriminate(moments, classes, shrinkage.look),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}

function* discriminate(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  share: number,
): Generator<void, LinearLayer> {
  const { features } = moments;
  const covariance = yield* withinCovariance(moments);
  const pull = share * meanVariance(covariance, features);
  for (let i = 0; i < covariance.length; i++) covariance[i] = (1 - share) * covariance[i]!;
  for (let i = 0; i < features; i++) {
    const diagonal = packedLength(i + 1) - 1;
    covariance[diagonal] = covariance[diagonal]! + pull;
  }
  return yield* nearestMeans(moments, classes, yield* mahalanobis(covariance, features));
}
