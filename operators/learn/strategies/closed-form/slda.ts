import type { LinearLayer } from '../../../detect/heads/head.ts';
import { packedLength } from '../../../foundation/linear-algebra/cholesky.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { mahalanobis, nearestMeans } from '../../solvers/nearest-means.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import { oracleShrinkage } from '../../statistics/oracle-shrinkage.ts';
import { deviations, withinCovariance } from '../../statistics/within-covariance.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * Largest share of the covariance that is replaced by its diagonal. With many rows, {@link
 * oracleShrinkage} is smaller and applies, as in `tally`. The paper uses 1e-4, towards the
 * identity.
 */
const shrinkage = { dense: 1e-4, crop: 1e-1 };

/**
 * An `slda` strategy that has learned nothing yet.
 *
 * Streaming linear discriminant analysis: a mean per class and one covariance for all classes and
 * background.
 *
 * The paper shrinks the covariance towards the identity. Embedding features differ in scale, so
 * here it is shrunk towards its own diagonal. The authors' version for detection regresses boxes
 * along with classes; here boxes come from the frozen base head, as for every method.
 */
export function createSlda(options: StatisticsOptions = {}): Strategy {
  return new StatisticsStrategy<Gram>(
    {
      name: 'slda',
      paper:
        'Lifelong machine learning with deep streaming linear discriminant analysis, Hayes and Kanan, 2020',
      features: ownFeatures(options.seed ?? 1, embeddingLengthOf(options)),
      emptyCropSums: (features) => new Gram(features),
      solveDense: (moments, classes) => discriminate(moments, classes, shrinkage.dense),
      solveCrop: (moments, classes) => discriminate(moments, classes, shrinkage.crop),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}

function* discriminate(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  shareMax: number,
): Generator<void, LinearLayer> {
  const { features, all } = moments;
  const covariance = yield* withinCovariance(moments);
  const share = Math.min(shareMax, oracleShrinkage([{ above: 0, covariance }], all.rows));
  const spread = deviations(covariance, moments);
  for (let i = 0; i < covariance.length; i++) covariance[i] = (1 - share) * covariance[i]!;
  for (let i = 0; i < features; i++) {
    const diagonal = packedLength(i + 1) - 1;
    covariance[diagonal] = covariance[diagonal]! + share * spread[i]! ** 2;
  }
  return yield* nearestMeans(moments, classes, yield* mahalanobis(covariance, features));
}
