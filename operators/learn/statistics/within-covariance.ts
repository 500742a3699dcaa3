import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import type { ClassMoments } from './class-moments.ts';
import type { Gram } from '../../foundation/linear-algebra/gram.ts';
import { withinScatter } from './within-scatter.ts';

/**
 * The covariance about the mean of each row's class, background being one more class, pooled over
 * all classes: packed lower triangle without the constant. Yields every few milliseconds.
 */
export function* withinCovariance(moments: ClassMoments<Gram>): Generator<void, Float64Array> {
  const { weight } = moments.all;
  const covariance = yield* withinScatter(moments);
  const total = weight > 0 ? weight : 1;
  for (let i = 0; i < covariance.length; i++) covariance[i] = covariance[i]! / total;
  return covariance;
}

/**
 * Least variance of a feature, as a share of the mean variance: keeps constant features from
 * dominating.
 */
export const varianceFloor = 0.01;

/**
 * Standard deviations of the features of a {@link withinCovariance}, from its diagonal, all above
 * 0.
 *
 * With a single row per class the covariance is rounding error, so the mean variance is taken to be
 * at least a millionth of the mean square.
 */
export function deviations(
  covariance: Float64Array,
  { features, all }: ClassMoments<Gram>,
): Float64Array {
  let variance = 0;
  let square = 0;
  for (let i = 0; i < features; i++) {
    const diagonal = packedLength(i + 1) - 1;
    variance += covariance[diagonal]!;
    square += all.values[diagonal]! / all.weight;
  }
  const least = (varianceFloor * Math.max(variance, 1e-6 * square)) / features;
  return Float64Array.from({ length: features }, (_, i) => {
    const floored = Math.max(least, covariance[packedLength(i + 1) - 1]!);
    return floored > 0 ? Math.sqrt(floored) : 1;
  });
}
