import { strategyNames } from '../../operators/learn/strategies/strategy-registry.ts';
import { describeStrategies } from '../contracts/describe-strategies.ts';

describeStrategies(strategyNames);
