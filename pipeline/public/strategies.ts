/**
 * Learning methods: the built-in ones, and what it takes to write another.
 *
 * @module lifelens/strategies
 */

export {
  createStrategy,
  strategyNames,
  type StrategyOptions,
} from '../../operators/learn/strategies/strategy-registry.ts';
export type { StrategySetup } from '../../operators/learn/strategies/load-strategy.ts';
export type {
  Change,
  ClassMove,
  Example,
  HeadDraft,
  Strategy,
} from '../../operators/learn/strategy.ts';
export { cropEmbeddingLength, denseLatentLength } from '../../operators/detect/engines/engine.ts';
