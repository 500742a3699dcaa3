import type { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { crossValidated } from '../../solvers/cross-validated-penalty.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { secondMoments } from './crop-sums.ts';
import { randomFeatures, randomFeaturesMax } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * Penalties to choose from, in mean second moments. Smaller ones enlarge what the sums round off:
 * with 0.001, heads after 200 changes differed by 2 to 4 % from those of what was left.
 */
const lambdas = [0.03, 0.1, 0.3, 1];

/**
 * A `ranpac` strategy that has learned nothing yet.
 *
 * Ridge regression on random features: crop embeddings pass a fixed random projection and a ReLU;
 * the head is solved from their second moments and class sums.
 *
 * The paper projects to 10,000 features, 400 MB of sums; `randomFeatures` sets how many, and
 * `bytesMax` may allow fewer. The paper chooses the penalty on a fifth of the rows, which it keeps
 * for that; here no row is kept, and generalised cross-validation estimates the same from the sums.
 * Outputs are scaled as in `ridge`. Only crop embeddings are projected; the dense layer is plain
 * ridge regression. Adding rows and solving again equals the recursive least squares of "F-OAL:
 * Forward-only online analytic learning", Zhuang et al., 2024.
 */
export function createRanpac(options: StatisticsOptions = {}): Strategy {
  const { seed = 1, randomFeatures: max = randomFeaturesMax } = options;
  return new StatisticsStrategy<ClassMoments<Gram>>(
    {
      name: 'ranpac',
      paper:
        'RanPAC: Random projections and pre-trained models for continual learning, McDonnell et al., 2023',
      features: randomFeatures(seed, max, embeddingLengthOf(options)),
      cropSums: secondMoments,
      *solveDense(moments, classes) {
        return (yield* solveRidge(moments, classes, densePenalty)).layer;
      },
      *solveCrop(moments, classes) {
        const lambda = yield* crossValidated(moments, classes, lambdas);
        return (yield* solveRidge(moments, classes, { lambda, per: 'mean' })).layer;
      },
      activation: 'clip',
      threshold: 0.45,
    },
    options,
  );
}
