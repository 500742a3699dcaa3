import { expect, test } from 'vitest';
import type { Tuning } from '../../../../../operators/learn/strategies/gradient/gradient-options.ts';
import {
  bestOf,
  searchTuning,
  tuningPoints,
} from '../../../../../pipeline/laboratory/benchmarks/learning-table/search-tuning.ts';

/** Scores best at one rate, decay and hold, and decreases with the distance from them. */
const bestAt = (rate: number, decay: number, hold: number) => (tuning: Tuning) => {
  const off = (a: number, b: number) => Math.abs(Math.log(a / b));
  const { learningRate, weightDecay } = tuning;
  const away = off(learningRate, rate) + off(weightDecay, decay) + off(tuning.hold, hold);
  return Promise.resolve({ ...tuning, map50: 1 / (1 + away) });
};
const rates = (trials: readonly Tuning[]) => trials.map(({ learningRate }) => learningRate);

test.each([
  { rate: 0.003, further: [] },
  { rate: 0.0003, further: [1e-4] },
  { rate: 1e-4, further: [1e-4, 3e-5] },
  { rate: 0.01, further: [0.03] },
  { rate: 0.1, further: [0.03, 0.1] },
])('continues from a best rate of $rate to $further', async ({ rate, further }) => {
  const trials = await searchTuning(bestAt(rate, 1e-3, 1));
  const first = tuningPoints.rates.length;
  const tried = rates(trials.filter(({ weightDecay, hold }) => weightDecay === 1e-3 && hold === 1));
  expect(tried.slice(first)).toEqual(further);
  expect(bestOf(trials).learningRate).toBe(rate);
});

test('searches the decay at the best rate, and the hold at the best rate and decay', async () => {
  const trials = await searchTuning(bestAt(0.01, 1e-4, 10));
  expect(trials.slice(-3)).toMatchObject([
    { learningRate: 0.01, weightDecay: 1e-4, hold: 1 },
    { learningRate: 0.01, weightDecay: 1e-4, hold: 0.1 },
    { learningRate: 0.01, weightDecay: 1e-4, hold: 10 },
  ]);
  expect(bestOf(trials)).toMatchObject({ learningRate: 0.01, weightDecay: 1e-4, hold: 10 });
});

test('the first of equal trials is the best', async () => {
  const trials = await searchTuning((tuning) => Promise.resolve({ ...tuning, map50: 0.5 }));
  expect(bestOf(trials)).toBe(trials[0]);
});
