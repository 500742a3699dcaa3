import type { RowSums } from '../../../foundation/linear-algebra/row-sums.ts';
import { cosineMeans } from '../../solvers/cosine-means.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { firstMoments } from './crop-sums.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * An `ncm` strategy that has learned nothing yet.
 *
 * Nearest class mean: predicts the class with the closest mean, background being one more class.
 * Keeps a mean per class and no covariance, only the variance of each value over all rows.
 *
 * The paper learns a metric once, on the first classes. Here rows are compared by the cosine of
 * their standardised values, since features differ in scale and rows in brightness; plain Euclidean
 * distance, which is the paper's baseline, is far worse on these features. A softmax over
 * similarities gives the scores, as in the paper.
 */
export function createNcm(options: StatisticsOptions = {}): Strategy {
  return new StatisticsStrategy<ClassMoments<RowSums>>(
    {
      name: 'ncm',
      paper:
        'Distance-based image classification: generalizing to new classes at near-zero cost, Mensink et al., 2013',
      features: ownFeatures(options.seed ?? 1, embeddingLengthOf(options)),
      cropSums: firstMoments,
      solveDense: cosineMeans,
      solveCrop: cosineMeans,
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}
