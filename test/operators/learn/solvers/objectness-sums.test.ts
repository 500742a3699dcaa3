import { describe, expect, it } from 'vitest';
import { ObjectnessSums } from '../../../../operators/learn/solvers/objectness-sums.ts';
import { createRidge } from '../../../../operators/learn/strategies/closed-form/ridge.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../make-example.ts';

const background = makeBackground(100);
const added = [...makeExamples('a', 3), ...makeExamples('b', 2), makeExample('n', null)];

describe('objectness sums', () => {
  it('give the same objectness as ridge, for any number of changes', async () => {
    const { objectness } = await createRidge().update(changeOf({ added, background }));
    const sums = added
      .reduce((sum, example) => sum.with(changeOf({ added: [example] })), new ObjectnessSums())
      .with(changeOf({ background }));
    const solved = sums.solve();
    expect(solved.bias).toBeCloseTo(objectness.bias, 4);
    solved.weights.forEach((weight, i) => expect(weight).toBeCloseTo(objectness.weights[i]!, 4));
    expect(objectness.weights.some((weight) => Math.abs(weight) > 0.02)).toBe(true);
  });

  it('unlearn removed examples', () => {
    const first = new ObjectnessSums().with(changeOf({ added: added.slice(0, 3), background }));
    const both = first.with(changeOf({ added: added.slice(3) }));
    const back = both.with(changeOf({ removed: added.slice(3) }));
    expect(back.counts.rows).toBe(first.counts.rows);
    expect(back.counts.examples).toBe(3);
    const wanted = first.solve();
    back.solve().weights.forEach((weight, i) => expect(weight).toBeCloseTo(wanted.weights[i]!, 4));
    expect(both.solve().weights).not.toEqual(wanted.weights);
  });
});
