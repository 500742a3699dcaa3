import {
  defaultStrategy,
  type StrategyName,
} from '../../../../operators/learn/strategies/strategy-registry.ts';

/**
 * One of each kind: class sums, class means, gradient descent over replayed examples. Their
 * contract is part of `npm test`, that of the others of `npm run test:integration`.
 */
export const quickStrategies: readonly StrategyName[] = [defaultStrategy, 'ncm', 'replay'];
