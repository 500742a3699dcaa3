import { describe, expect, it } from 'vitest';
import { FitRounds } from '../../../../../operators/learn/strategies/gradient/fit-rounds.ts';

/** Whether each round of these errors asks for another one. */
function roundsOf(...rounds: readonly (readonly number[])[]): readonly boolean[] {
  const fit = new FitRounds(rounds[0]!.length);
  return rounds.map((errors) => {
    for (const error of errors) fit.add(error);
    return fit.endRound();
  });
}

describe('FitRounds', () => {
  it('asks for another round as long as the error falls', () => {
    expect(roundsOf([0.5], [0.3], [0.295], [0.2])).toEqual([true, true, false, true]);
  });

  it('counts the last quarter of the steps of a round', () => {
    const [early, late] = [9, 1];
    expect(roundsOf([early, early, early, 0.5], [late, late, late, 0.4])).toEqual([true, true]);
    expect(roundsOf([late, late, late, 0.5], [early, early, early, 0.5])).toEqual([true, false]);
  });

  it('ends at an error of 0', () => {
    expect(roundsOf([0], [0])).toEqual([true, false]);
  });

  it('counts the rounds', () => {
    const fit = new FitRounds(4);
    fit.endRound();
    fit.endRound();
    expect(fit.rounds).toBe(2);
  });
});
