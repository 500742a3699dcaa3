import { describe, expect, it } from 'vitest';
import {
  benchStrategyNames,
  createBenchStrategy,
  baseStrategyOf,
} from '../../../../pipeline/laboratory/learning/ablations.ts';
import { strategyNames } from '../../../../operators/learn/strategies/strategy-registry.ts';
import {
  changeOf,
  makeBackground,
  makeExample,
  makeExamples,
} from '../../../operators/learn/make-example.ts';

const variants = benchStrategyNames.filter(
  (name) => !strategyNames.some((strategy) => strategy === name),
);
const [standard] = strategyNames;
const ablated = variants.filter((name) => baseStrategyOf(name) === standard);

describe('strategies of the benchmark', () => {
  it('are all strategies, ablations of the default one, and methods of more features', () => {
    expect(benchStrategyNames).toEqual([...strategyNames, ...variants]);
    expect(ablated.length).toBeGreaterThan(3);
    const others = variants.filter((name) => !ablated.includes(name));
    expect(others.map(baseStrategyOf)).toEqual(['ranpac', 'truncated-svd', 'klda']);
    expect(strategyNames.map(baseStrategyOf)).toEqual(strategyNames);
  });

  it.each(ablated)('%s learns another head than the full method', async (name) => {
    // Enough examples along few enough directions that shrinkage depends on their number.
    const added = ['a', 'b'].flatMap((label) => {
      const [first, ...others] = makeExamples(label, 120, { crops: 3, cells: 1 });
      const scaled = (by: number) => first!.embeddings.map((value) => value * by);
      return [first!, ...others.map((each, i) => ({ ...each, embeddings: scaled(1.1 + i / 50) }))];
    });
    // Objects of class b in pictures that do not label it.
    const unlabelled = added.slice(-6).map((each) => {
      return { ...each, id: `not ${each.id}`, label: null, noneOf: ['a'] };
    });
    const nothing = Array.from({ length: 60 }, (_, i) =>
      makeExample(`nothing ${i}`, null, { crops: 1, cells: 1 }),
    );
    const change = changeOf({
      added: [...added, ...unlabelled, ...nothing],
      background: makeBackground(40),
    });
    const whole = await createBenchStrategy(strategyNames[0]!, { seed: 1 }).update(change);
    const draft = await createBenchStrategy(name, { seed: 1 }).update(change);
    expect(draft.classes).toEqual(whole.classes);
    expect(draft.crop!.weights).not.toEqual(whole.crop!.weights);
  });
});
