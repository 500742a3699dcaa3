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

/**
 * Methods with more random features: 200 MB of sums for `ranpac` and 50 MB for `klda`, with as many
 * as in their papers, and 400 MB for `truncated-svd`, with a tenth of them.
 */
const paperSizes: Readonly<
  Record<string, { readonly base: StrategyName; readonly randomFeatures: number }>
> = {
  'ranpac-10000': { base: 'ranpac', randomFeatures: 10_000 },
  'truncated-svd-10000': { base: 'truncated-svd', randomFeatures: 10_000 },
  'klda-5000': { base: 'klda', randomFeatures: 5000 },
};

/** Names that the benchmark accepts: every strategy, and variants of some. */
export const benchStrategyNames: readonly string[] = [
  ...strategyNames,
  ...Object.keys(ablations),
  ...Object.keys(paperSizes),
];

/** The strategy that a variant modifies; any other name is returned unchanged. */
export function baseStrategyOf(name: string): StrategyName {
  if (ablations[name] !== undefined) return 'tally';
  return paperSizes[name]?.base ?? (name as StrategyName);
}

/**
 * Creates an untrained strategy or variant of one.
 *
 * @throws {RangeError} for an ablation of layouts with another encoder than the built-in one, for
 *   whose embeddings these layouts are.
 */
export function createBenchStrategy(name: string, options: StrategyOptions): Strategy {
  const { embedding = builtInLayout } = options;
  if (ablations[name]?.layout !== undefined && !isSameLayout(embedding, builtInLayout)) {
    throw new RangeError(`${name} is about the built-in encoder's embeddings`);
  }
  const { randomFeatures } = paperSizes[name] ?? {};
  return createStrategy(baseStrategyOf(name), {
    ...options,
    ...ablations[name],
    ...(randomFeatures !== undefined && { randomFeatures }),
  });
}
