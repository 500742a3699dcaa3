import { RowSums } from '../../../foundation/linear-algebra/row-sums.ts';
import { euclidean, nearestMeans } from '../../solvers/nearest-means.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * An `ncm` strategy that has learned nothing yet.
 *
 * Nearest class mean: predicts the class with the closest mean, background being one more class.
 * Keeps a mean per class and no covariance.
 *
 * The paper learns a metric once, on the first classes. Here distances are Euclidean on frozen
 * latents, which is the paper's baseline, and its softmax over distances gives the scores.
 */
export function createNcm(options: StatisticsOptions = {}): Strategy {
  return new StatisticsStrategy<RowSums>(
    {
      name: 'ncm',
      paper:
        'Distance-based image classification: generalizing to new classes at near-zero cost, Mensink et al., 2013',
      features: ownFeatures(options.seed ?? 1, embeddingLengthOf(options)),
      emptyCropSums: (features) => new RowSums(features),
      solveDense: (moments, classes) => nearestMeans(moments, classes, euclidean),
      solveCrop: (moments, classes) => nearestMeans(moments, classes, euclidean),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}
