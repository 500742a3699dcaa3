import type { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import { solveTruncated } from '../../solvers/truncated-regression.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { doubleMoments } from './crop-sums.ts';
import { randomFeatures, randomFeaturesMax } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** Share of the singular values that is dropped: the paper's, for all of its sets. */
const dropped = 0.25;

/**
 * A `loranpac` strategy that has learned nothing yet.
 *
 * Least squares of minimum norm on random features: crop embeddings pass a fixed random projection
 * and a ReLU; the smallest quarter of the singular values of the rows of features is dropped, and
 * the head is solved from the others without a penalty.
 *
 * The paper updates a truncated decomposition of the rows with each task and truncates again, which
 * no row can be removed from. Here second moments are kept, in float64, since they square the
 * singular values, and decomposed when a head is solved: what the paper's errors of truncating
 * again and again are measured against, without them, and the same for any order of examples. The
 * paper has 100,000 features and keeps at most 10,000 singular values, 4 GB; here
 * `randomFeatures` and `bytesMax` set the number of features. The paper takes the class with the
 * largest output; here outputs are scaled and shifted as in `ridge`. Adapting the backbone to the
 * first task, an option of the paper, is left out. Only crop embeddings are projected; the dense
 * layer is plain ridge regression.
 */
export function createLoranpac(options: StatisticsOptions = {}): Strategy {
  const { seed = 1, randomFeatures: max = randomFeaturesMax } = options;
  return new StatisticsStrategy<ClassMoments<Gram>>(
    {
      name: 'loranpac',
      paper:
        'LoRanPAC: Low-rank random features and pre-trained models for bridging theory and practice in continual learning, Peng et al., 2024',
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
