import { expect, it } from 'vitest';
import { isAtFullSpeed } from '../../../../pipeline/application/sizing/wanted-rate.ts';

it('gives the detector the whole machine where all frames wait for it, but not in lockstep', () => {
  const camera = (pace: 'live' | 'demand') => ({ config: { pace } });
  const free = { inStep: false };
  expect(isAtFullSpeed([camera('demand'), camera('demand')], free)).toBe(true);
  expect(isAtFullSpeed([camera('demand'), camera('live')], free)).toBe(false);
  expect(isAtFullSpeed([camera('demand')], { inStep: true })).toBe(false);
});
