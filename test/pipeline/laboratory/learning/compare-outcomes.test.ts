import { describe, expect, it } from 'vitest';
import { outcomesAt50 } from '../../../../operators/measure/average-precision.ts';
import {
  differenceOfRuns,
  meanOfRuns,
} from '../../../../pipeline/laboratory/learning/compare-outcomes.ts';
import type { RunOutcomes } from '../../../../pipeline/laboratory/learning/outcomes-file.ts';

const box = [0, 0, 9, 9] as const;
const count = 24;

/** A run that finds the object of every `every`-th picture of a class that all pictures show. */
function run(every: number, values: Partial<RunOutcomes> = {}): RunOutcomes {
  const indices = Array.from({ length: count }, (_, i) => i);
  const classOf = (step: number) =>
    outcomesAt50(
      indices.map((i) => ({
        truths: [{ box }],
        detections: i % step === 0 ? [{ box, score: 1 }] : [],
      })),
    );
  return {
    ...{ protocol: 'all', strategy: 'ridge', train: 'a', test: 'b', seed: 1, step: 2 },
    pictures: indices.map(String),
    groups: indices.map((i) => [i]),
    classes: new Map([
      ['cup', classOf(every)],
      ['hat', classOf(1)],
    ]),
    ...values,
  };
}

describe('comparing runs', () => {
  it('gives the difference of means over classes with an interval', () => {
    const { value, interval } = differenceOfRuns([run(1)], [run(2)]);
    expect(value).toBeCloseTo(0.25, 1);
    expect(interval![0]).toBeGreaterThan(0.1);
    expect(meanOfRuns([run(2)]).value).toBeCloseTo(0.75, 1);
    // The same files give the same interval.
    expect(differenceOfRuns([run(1)], [run(2)])).toEqual({ value, interval });
  });

  it('pairs runs by seed and test pictures, in whichever order they are given', () => {
    const other = { pictures: Array.from({ length: count }, (_, i) => `other ${i}`) };
    const runs = (every: number) =>
      [1, 2].flatMap((seed) => [run(every * seed, { seed }), run(every, { seed, ...other })]);
    const [a, b] = [runs(1), runs(2)];
    expect(differenceOfRuns(a.toReversed(), b)).toEqual(differenceOfRuns(a, b));
    expect(differenceOfRuns(a, b).value).toBeGreaterThan(0);
  });

  it('takes the classes of both in one order, whichever they were learned in', () => {
    const turned = { ...run(1), classes: new Map([...run(1).classes].toReversed()) };
    expect(differenceOfRuns([run(1)], [turned]).value).toBe(0);
  });

  it.each([
    ['another protocol', [run(1, { protocol: '10+10' })]],
    ['another seed', [run(1, { seed: 2 })]],
    ['other pictures', [run(1, { pictures: Array.from({ length: count }, (_, i) => `x${i}`) })]],
    ['another class', [run(1, { classes: new Map([['pen', run(1).classes.get('cup')!]]) })]],
    ['another grouping', [run(1, { groups: [Array.from({ length: count }, (_, i) => i)] })]],
    ['more runs', [run(1), run(1, { seed: 2 })]],
  ])('refuses %s', (_, second) => {
    expect(() => differenceOfRuns([run(1)], second)).toThrow(RangeError);
  });

  it('refuses a seed twice, or one that only some of the test sets have', () => {
    const other = { pictures: Array.from({ length: count }, (_, i) => `x${i}`) };
    expect(() => meanOfRuns([run(1), run(2)])).toThrow('one run for each seed');
    expect(() => meanOfRuns([run(1), run(1, { ...other, seed: 2 })])).toThrow('one run for each');
    expect(() => meanOfRuns([run(1), run(1, { protocol: '10+10' })])).toThrow('several protocols');
  });
});
