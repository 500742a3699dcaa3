import type { Tuning } from '../../../../operators/learn/strategies/gradient/gradient-options.ts';

/** Settings for tests that compare methods, each of which has its own: fast enough for some dozens of steps. */
export const sameTuning: Tuning = { learningRate: 0.06, weightDecay: 1e-4, hold: 1 };
