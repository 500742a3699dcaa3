import type { Strategy } from '../strategy.ts';
import { ReplayStrategy, type ReplayOptions } from './replay.ts';
import { RidgeStrategy, type RidgeOptions } from './ridge.ts';

const strategies = {
  ridge: (options: StrategyOptions): Strategy => new RidgeStrategy(options),
  replay: (options: StrategyOptions): Strategy => new ReplayStrategy(options),
};

/** Settings of all strategies; each reads its own. */
export type StrategyOptions = RidgeOptions & ReplayOptions;

/** Name of a learning method. */
export type StrategyName = keyof typeof strategies;

/** Every learning method there is, the default first. */
export const strategyNames = Object.keys(strategies) as readonly StrategyName[];

/** A strategy that has learned nothing yet. */
export function createStrategy(name: StrategyName, options: StrategyOptions = {}): Strategy {
  return strategies[name](options);
}

/** Whether the strategy reads `change.replay()`: closed-form ones keep sums and do not. */
export function readsReplay(name: StrategyName): boolean {
  return name === 'replay';
}
