import { Gram, type Penalty } from '../../../foundation/linear-algebra/gram.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { randomFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** Random features without a bound on bytes and with one: the solve takes seconds with more. */
const featuresMax = { unbounded: 1024, bounded: 2048 };
const projectedPenalty: Penalty = { lambda: 0.03, per: 'mean' };

/**
 * A `ranpac` strategy that has learned nothing yet.
 *
 * Ridge regression on random features: crop embeddings pass a fixed random projection and a ReLU;
 * the head is solved from their second moments and class sums.
 *
 * The paper projects to 10,000 features, 400 MB of sums; here `bytesMax` decides. The paper chooses
 * the penalty on held-out data; here it is a fixed share of the mean second moment, and outputs are
 * scaled as in `ridge`. Only crop embeddings are projected; the dense layer is plain ridge
 * regression. Adding rows and solving again equals the recursive least squares of "F-OAL:
 * Forward-only online analytic learning", Zhuang et al., 2024.
 */
export function createRanpac(options: StatisticsOptions = {}): Strategy {
  const max = options.bytesMax === undefined ? featuresMax.unbounded : featuresMax.bounded;
  return new StatisticsStrategy<Gram>(
    {
      name: 'ranpac',
      paper:
        'RanPAC: Random projections and pre-trained models for continual learning, McDonnell et al., 2023',
      features: randomFeatures(options.seed ?? 1, max, embeddingLengthOf(options)),
      emptyCropSums: (features) => new Gram(features),
      *solveDense(moments, classes) {
        return (yield* solveRidge(moments, classes, densePenalty)).layer;
      },
      *solveCrop(moments, classes) {
        return (yield* solveRidge(moments, classes, projectedPenalty)).layer;
      },
      activation: 'clip',
      threshold: 0.45,
    },
    options,
  );
}
