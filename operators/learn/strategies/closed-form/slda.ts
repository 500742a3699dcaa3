import type { LinearLayer } from '../../../detect/heads/head.ts';
import { packedLength } from '../../../foundation/linear-algebra/cholesky.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { mahalanobis, nearestMeans } from '../../solvers/nearest-means.ts';
import { ownFeatures } from './embedding-features.ts';
import { oracleShare } from '../../statistics/oracle-shrinkage.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';
import { deviations, withinCovariance } from '../../statistics/within-covariance.ts';

/**
 * Share of the covariance that is replaced by its own diagonal, at most: where rows are many it is the
 * {@link oracleShare}, as for the default. The paper's is 1e-4, for the identity.
 */
const shrinkage = { dense: 1e-4, look: 1e-1 };

/**
 * Streaming linear discriminant analysis: a mean a class and one covariance that all classes and background share.
 *
 * The paper shrinks the covariance towards the identity; features of looks differ in scale, so here it is shrunk towards
 * its own diagonal. Regressing boxes along with the classes, as its authors did for detection, is left out: boxes come
 * from the frozen base head, for every method alike.
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
  shareMost: number,
): Generator<void, LinearLayer> {
  const { features, all } = moments;
  const covariance = yield* withinCovariance(moments);
  const share = Math.min(shareMost, oracleShare([{ above: 0, covariance }], all.rows));
  const spread = deviations(covariance, moments);
  for (let i = 0; i < covariance.length; i++) covariance[i] = (1 - share) * covariance[i]!;
  for (let i = 0; i < features; i++) {
    const diagonal = packedLength(i + 1) - 1;
    covariance[diagonal] = covariance[diagonal]! + share * spread[i]! ** 2;
  }
  return yield* nearestMeans(moments, classes, yield* mahalanobis(covariance, features));
}
