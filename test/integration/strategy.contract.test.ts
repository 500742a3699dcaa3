import { strategyNames } from '../../operators/learn/strategies/strategy-registry.ts';
import { quickStrategies } from '../operators/learn/strategies/quick-strategies.ts';
import { describeStrategies } from '../contracts/describe-strategies.ts';

// The others are part of `npm test`: each is checked once in CI.
describeStrategies(strategyNames.filter((name) => !quickStrategies.includes(name)));
