import type { Strategy } from '../strategy.ts';
import { createFinetune } from './finetune.ts';
import type { GradientOptions } from './gradient-strategy.ts';
import { createReplay } from './replay.ts';
import { RidgeStrategy, type RidgeOptions } from './ridge.ts';

const strategies = {
  ridge: (options: StrategyOptions): Strategy => new RidgeStrategy(options),
  finetune: (options: StrategyOptions): Strategy => createFinetune(options),
  replay: (options: StrategyOptions): Strategy => createReplay(options),
};

/** Settings of all strategies; each reads its own. */
export type StrategyOptions = RidgeOptions & GradientOptions;

/** Name of a learning method. */
export type StrategyName = keyof typeof strategies;

/** Every learning method there is, the default first. */
export const strategyNames = Object.keys(strategies) as readonly StrategyName[];

/** The methods that train on the sample memory; the others keep what they need themselves, or nothing. */
const replayReaders: ReadonlySet<StrategyName> = new Set<StrategyName>(['replay']);

/** A strategy that has learned nothing yet. */
export function createStrategy(name: StrategyName, options: StrategyOptions = {}): Strategy {
  return strategies[name](options);
}

/** Whether the strategy reads `change.replay()`. */
export function readsReplay(name: StrategyName): boolean {
  return replayReaders.has(name);
}
