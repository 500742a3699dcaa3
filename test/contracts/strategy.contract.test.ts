import { describeStrategies } from './describe-strategies.ts';
import { quickStrategies } from '../operators/learn/strategies/quick-strategies.ts';

describeStrategies(quickStrategies);
