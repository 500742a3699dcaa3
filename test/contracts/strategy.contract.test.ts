import { defaultStrategy } from '../../operators/learn/strategies/strategy-registry.ts';
import { describeStrategies } from './describe-strategies.ts';

// One of each kind: class sums, class means, gradient descent over replayed examples.
// `test/integration/strategy.contract.test.ts` covers all strategies.
describeStrategies([defaultStrategy, 'ncm', 'replay']);
