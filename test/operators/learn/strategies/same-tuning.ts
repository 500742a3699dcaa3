import type { Tuning } from '../../../../operators/learn/strategies/gradient/gradient-options.ts';

/** Common settings for tests that compare methods: they converge within some dozens of steps. */
export const sameTuning: Tuning = { learningRate: 0.06, weightDecay: 1e-4, hold: 1 };
