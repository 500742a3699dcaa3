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

/** The default method with one of its parts left out or set otherwise, for docs/method.md. */
const ablations: Readonly<Record<string, StrategyOptions>> = {
  'tally-whole': { layout: comparedLayouts.whole },
  'tally-two-blocks': { layout: comparedLayouts.twoBlocks },
  'tally-two-bytes': { layout: embeddingLayouts[1]! },
  'tally-half-features': { layout: embeddingLayouts[7]! },
  'tally-shrinkage-3': { shrinkage: 0.03 },
  'tally-no-orbit': { orbit: 0 },
  'tally-orbit-3': { orbit: 3 },
};

/** What can be measured: every strategy, and ablations of the default one. */
export const benchedNames: readonly string[] = [...strategyNames, ...Object.keys(ablations)];

/** The strategy that an ablation is one of; other names stand for themselves. */
export function strategyOf(name: string): StrategyName {
  return ablations[name] === undefined ? (name as StrategyName) : 'tally';
}

/** A strategy or an ablation that has learned nothing yet. */
export function createBenched(name: string, options: StrategyOptions): Strategy {
  return createStrategy(strategyOf(name), { ...options, ...ablations[name] });
}
