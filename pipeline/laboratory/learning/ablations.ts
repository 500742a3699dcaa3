import { builtInLayout, isSameLayout } from '../../../operators/detect/engines/embedding-layout.ts';
import {
  comparedLayouts,
  embeddingLayouts,
} from '../../../operators/learn/strategies/tally/embedding-layouts.ts';
import {
  createStrategy,
  type StrategyName,
  strategyNames,
  type StrategyOptions,
} from '../../../operators/learn/strategies/strategy-registry.ts';
import type { Strategy } from '../../../operators/learn/strategy.ts';

/** Variants of the default strategy with one part removed or changed, for docs/method.md. */
const ablations: Readonly<Record<string, StrategyOptions>> = {
  'tally-whole': { layout: comparedLayouts.whole },
  'tally-two-blocks': { layout: comparedLayouts.twoBlocks },
  'tally-two-bytes': { layout: embeddingLayouts[1]! },
  'tally-half-features': { layout: embeddingLayouts[7]! },
  'tally-shrinkage-3': { shrinkage: 0.03 },
  'tally-no-orbit': { orbit: 0 },
  'tally-orbit-3': { orbit: 3 },
  'tally-no-unlabelled': { unlabelledMax: 0 },
};

/** Names that the benchmark accepts: every strategy and every ablation of the default one. */
export const benchStrategyNames: readonly string[] = [...strategyNames, ...Object.keys(ablations)];

/** The strategy that an ablation modifies; any other name is returned unchanged. */
export function baseStrategyOf(name: string): StrategyName {
  return ablations[name] === undefined ? (name as StrategyName) : 'tally';
}

/**
 * Creates an untrained strategy or ablation.
 *
 * @throws {RangeError} for an ablation of layouts with another encoder than the built-in one, for
 *   whose embeddings these layouts are.
 */
export function createBenchStrategy(name: string, options: StrategyOptions): Strategy {
  const { embedding = builtInLayout } = options;
  if (ablations[name]?.layout !== undefined && !isSameLayout(embedding, builtInLayout)) {
    throw new RangeError(`${name} is about the built-in encoder's embeddings`);
  }
  return createStrategy(baseStrategyOf(name), { ...options, ...ablations[name] });
}
