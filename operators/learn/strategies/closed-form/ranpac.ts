import { Gram, type Penalty } from '../../../foundation/linear-algebra/gram.ts';
import { randomFeatures } from './embedding-features.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** Random features without a bound on bytes, and with one: beyond that the solve takes seconds. */
const featuresMax = { unbounded: 1024, bounded: 2048 };
const projectedPenalty: Penalty = { lambda: 0.03, per: 'mean' };

/**
 * Ridge regression on random features: looks go through a fixed random projection and a ReLU, their second moments
 * and class sums are kept, and the head is solved from them.
 *
 * The paper projects to 10,000 features, 400 MB of sums; here there are as many as `bytesMax` allows. Its
 * penalty is chosen on held-out data, here it is a fixed share of the mean second moment, and outputs are scaled as for
 * `ridge`. Only looks are projected; the dense layer is plain ridge regression. Adding rows and solving again equals the
 * recursive least squares of "F-OAL: Forward-only online analytic learning", Zhuang et al., 2024.
 */
export function createRanpac(options: StatisticsOptions = {}): StatisticsStrategy<Gram> {
  const max = options.bytesMax === undefined ? featuresMax.unbounded : featuresMax.bounded;
  return new StatisticsStrategy<Gram>(
    {
      name: 'ranpac',
      paper:
        'RanPAC: Random projections and pre-trained models for continual learning, McDonnell et al., 2023',
      looks: randomFeatures(options.seed ?? 1, max),
      emptyLooks: (features) => new Gram(features),
      *solveDense(moments, classes) {
        return (yield* solveRidge(moments, classes, densePenalty)).layer;
      },
      *solveLook(moments, classes) {
        return (yield* solveRidge(moments, classes, projectedPenalty)).layer;
      },
      activation: 'clip',
      threshold: 0.45,
    },
    options,
  );
}
