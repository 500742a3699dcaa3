import type { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import { solveTruncated } from '../../solvers/truncated-regression.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { doubleMoments } from './crop-sums.ts';
import { randomFeatures, randomFeaturesMax } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** Share of the singular values that is dropped: that of the paper's code, except on DomainNet. */
const dropped = 0.25;

/**
 * A `truncated-svd` strategy that has learned nothing yet.
 *
 * Least squares of minimum norm on random features: crop embeddings pass a fixed random projection
 * and a ReLU; the smallest quarter of the singular values of the rows of features is dropped, and
 * the head is solved from the others without a penalty.
 *
 * The paper updates a truncated decomposition with the rows of each task and truncates it again, so
 * that no row can be removed from it. Here second moments are kept and decomposed when a head is
 * solved: the paper's head with all rows in one task, the same for any order of them. Truncating
 * once is not the paper's continual method, whose name this one therefore does not have. Moments
 * are kept in float64, since they square the singular values; those below 1e-5 of the largest are
 * dropped as well. The paper has 100,000 features and keeps the 10,000 or 20,000 largest singular
 * values at most, in 4 GB or more; here `randomFeatures` and `bytesMax` set the number of features,
 * and background is rows without a class. The paper predicts the class of the largest output; here
 * outputs are scaled and shifted as in `ridge`. Adapting the backbone to the first task, an option
 * of the paper, is left out. Only crop embeddings are projected; the dense layer is plain ridge
 * regression.
 */
export function createTruncatedSvd(options: StatisticsOptions = {}): Strategy {
  const { seed = 1, randomFeatures: max = randomFeaturesMax } = options;
  return new StatisticsStrategy<ClassMoments<Gram>>(
    {
      name: 'truncated-svd',
      paper:
        'After LoRanPAC: Low-rank random features and pre-trained models for bridging theory and practice in continual learning, Peng et al., 2024',
      features: randomFeatures(seed, max, embeddingLengthOf(options)),
      cropSums: doubleMoments,
      *solveDense(moments, classes) {
        return (yield* solveRidge(moments, classes, densePenalty)).layer;
      },
      solveCrop: (moments, classes) => solveTruncated(moments, classes, dropped),
      activation: 'clip',
      threshold: 0.45,
    },
    options,
  );
}
