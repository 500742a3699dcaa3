import type { LinearLayer } from '../../../detect/heads/head.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { densePenalty, embeddingPenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import { ClassMoments, type ClassSums } from '../../statistics/class-moments.ts';
import type { ClassScatters } from '../../statistics/class-scatters.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { classScatters } from './crop-sums.ts';
import { ownFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * An `air` strategy that has learned nothing yet.
 *
 * Analytic imbalance rectifier: ridge regression in which every class has the same weight, however
 * many rows it has. The weights change with every class and row, so that second moments are kept of
 * each class by itself, as the paper's module for classes that come back does, and weighted when a
 * head is solved. Sums do not depend on order, and rows are subtracted exactly.
 *
 * Background is one more class of the same weight, whose target is none of the columns. When
 * `bytesMax` is short, features are dropped. The paper expands features at random first, as
 * `ranpac` does; here embeddings are used as they are. Dense latents, thousands per frame, have one
 * matrix of second moments and no class weights, as in `ridge`; outputs are scaled as there.
 */
export function createAir(options: StatisticsOptions = {}): Strategy {
  return new StatisticsStrategy<ClassScatters>(
    {
      name: 'air',
      paper: 'AIR: analytic imbalance rectifier for continual learning, Fang et al., 2024',
      features: ownFeatures(options.seed ?? 1, embeddingLengthOf(options)),
      cropSums: classScatters,
      *solveDense(moments, classes) {
        return (yield* solveRidge(moments, classes, densePenalty)).layer;
      },
      solveCrop: solveBalanced,
      activation: 'clip',
      threshold: 0.45,
    },
    options,
  );
}

function* solveBalanced(
  scatters: ClassScatters,
  classes: readonly string[],
): Generator<void, LinearLayer> {
  const all = new Gram(scatters.features);
  const sums = new Map<string, ClassSums>();
  for (const name of [...classes, null]) {
    const own = scatters.of(name)?.moments;
    // Weights of every group together are 1; a smaller one is what rounding left.
    if (own === undefined || !(own.weight > 0)) continue;
    const scale = 1 / own.weight;
    for (let i = 0; i < all.values.length; i++) {
      all.values[i] = all.values[i]! + scale * own.values[i]!;
    }
    const features = own.sums().map((sum) => scale * sum);
    if (name !== null) sums.set(name, { examples: 1, features, squares: 1 });
    yield;
  }
  const balanced = new ClassMoments(all, sums);
  return (yield* solveRidge(balanced, classes, embeddingPenalty)).layer;
}
