import { RowSums } from '../../../foundation/linear-algebra/row-sums.ts';
import { euclidean, nearestMeans } from '../../solvers/nearest-means.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * Nearest class mean: the class whose mean is closest, background's mean being one more. Keeps a mean a class and
 * nothing of how features vary.
 *
 * The paper learns a metric once, on the first classes; here distances are Euclidean on frozen latents, its
 * plain baseline, and its softmax over distances gives the scores.
 */
export function createNcm(options: StatisticsOptions = {}): StatisticsStrategy<RowSums> {
  return new StatisticsStrategy<RowSums>(
    {
      name: 'ncm',
      paper:
        'Distance-based image classification: generalizing to new classes at near-zero cost, Mensink et al., 2013',
      looks: ownFeatures(options.seed ?? 1),
      emptyLooks: (features) => new RowSums(features),
      solveDense: (moments, classes) => nearestMeans(moments, classes, euclidean),
      solveLook: (moments, classes) => nearestMeans(moments, classes, euclidean),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}
