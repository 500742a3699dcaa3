import { strategyNames } from '../../operators/learn/strategies/index.ts';
import { describeStrategies } from '../contracts/describe-strategies.ts';

describeStrategies(strategyNames);
