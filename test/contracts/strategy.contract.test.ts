import { describeStrategies } from './describe-strategies.ts';
import { quickStrategies } from './quick-strategies.ts';

describeStrategies(quickStrategies);
