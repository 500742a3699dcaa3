import type { LinearLayer } from '../../detect/heads/head.ts';
import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import type { Gram } from '../../foundation/linear-algebra/gram.ts';
import type { ClassMoments } from '../statistics/class-moments.ts';
import { oracleShrinkage } from '../statistics/oracle-shrinkage.ts';
import { deviations, withinCovariance } from '../statistics/within-covariance.ts';
import { mahalanobis, nearestMeans } from './nearest-means.ts';

/**
 * Linear discriminant analysis with one covariance for all classes and background.
 *
 * A share of the covariance is replaced by its diagonal, at most `shareMax`. With many rows, {@link
 * oracleShrinkage} is smaller and applies, as in `tally`. Yields every few milliseconds.
 */
export function* discriminate(
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
