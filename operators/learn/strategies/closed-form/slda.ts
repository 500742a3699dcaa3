import type { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { discriminate } from '../../solvers/shared-covariance.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { secondMoments } from './crop-sums.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * Largest share of the covariance that is replaced by its diagonal. The paper uses 1e-4, towards
 * the identity.
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
  return new StatisticsStrategy<ClassMoments<Gram>>(
    {
      name: 'slda',
      paper:
        'Lifelong machine learning with deep streaming linear discriminant analysis, Hayes and Kanan, 2020',
      features: ownFeatures(options.seed ?? 1, embeddingLengthOf(options)),
      cropSums: secondMoments,
      solveDense: (moments, classes) => discriminate(moments, classes, shrinkage.dense),
      solveCrop: (moments, classes) => discriminate(moments, classes, shrinkage.crop),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}
