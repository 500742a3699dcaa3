import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../operators/foundation/numbers/shuffle.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import type { ScatterRows } from '../../../../operators/learn/statistics/scatter-contents.ts';
import type { ScatterLayout } from '../../../../operators/learn/statistics/scatter-layout.ts';
import { Scatter } from '../../../../operators/learn/statistics/scatter.ts';
import { scatterDifference } from './scatter-difference.ts';

const rowLength = 8;
const layoutOf = (landmarks: number[], blocks: number[][], half = false): ScatterLayout => ({
  rowLength,
  landmarks: Uint16Array.from(landmarks),
  blocks: blocks.map((places) => Uint16Array.from(places)),
  half,
});
const whole = layoutOf([], [[0, 1, 2, 3, 4, 5, 6, 7]]);
const blocks = layoutOf([6, 1], [[0, 3, 4], [5, 2], [7]]);
const halves = layoutOf([6, 1], [[0, 3, 4], [5, 2], [7]], true);
/** A subset of the blocks. */
const fewer = layoutOf([6], [[3, 0], [5], [7]]);

const labels = ['a', 'b', 'c', 'd', null];

/** Rows of one example, of a class or of background, around a place of its own. */
function randomRows(random: () => number, only = labels): ScatterRows {
  const label = only[Math.floor(random() * only.length)] ?? null;
  const count = 1 + Math.floor(4 * random());
  const place = label === null ? 0 : label.charCodeAt(0) % 7;
  const rows = Float32Array.from(
    { length: count * rowLength },
    (_, i) => ((i + place) % 7 === 0 ? 5 : 0) + 2 * random() - 1,
  );
  const targets = Float32Array.from({ length: count }, () => random());
  return {
    label,
    rows,
    weight: label === null ? 4 : 1,
    ...(random() < 0.5 ? { orbit: 1 } : {}),
    ...(label !== null && random() < 0.3 ? { targets } : {}),
  };
}

const without = (rows: ScatterRows): ScatterRows => ({ ...rows, weight: -rows.weight });
const learn = (layout: ScatterLayout, rows: readonly ScatterRows[]) =>
  runAtOnce(new Scatter(layout).with(rows));
const sum = (a: Scatter, b: Scatter, layout = a.layout) => runAtOnce(a.plus(b, layout));

/** Examples of two learners, and some that both of them add and remove again. */
function randomSplit(seed: number) {
  const random = seededRandom(seed);
  // Some classes are of one learner only.
  const [first, second] = [
    labels.filter(() => random() < 0.7),
    labels.filter(() => random() < 0.7),
  ].map((known) => (known.length > 0 ? known : labels));
  const draw = (known: typeof labels) =>
    Array.from({ length: 3 + Math.floor(20 * random()) }, () => randomRows(random, known));
  const [ofA, ofB, wrong] = [draw(first!), draw(second!), draw(labels)];
  const learnWith = (layout: ScatterLayout, rows: readonly ScatterRows[]) =>
    runAtOnce(learn(layout, shuffle([...rows, ...wrong], random)).with(wrong.map(without)));
  return { ofA, ofB, random, learnWith };
}

describe('the sum of two scatters', () => {
  it.each([
    ['one block', whole, 1e-6],
    ['landmarks and blocks', blocks, 1e-6],
    // A correlation is rounded to 3e-5 in each of three scatters, and moves by as much.
    ['two bytes per value', halves, 2e-4],
  ])('is the scatter of all rows for any split of them, in %s', (_name, layout, tolerance) => {
    for (let seed = 1; seed <= 20; seed++) {
      const { ofA, ofB, random, learnWith } = randomSplit(seed);
      const [a, b] = [learnWith(layout, ofA), learnWith(layout, ofB)];
      const joint = learn(layout, shuffle([...ofA, ...ofB], random));
      expect(scatterDifference(sum(a, b), joint)).toBeLessThan(tolerance);
      // What one of them learned can still be taken out.
      const gone = ofB.slice(1);
      const rest = learn(layout, [...ofA, ...ofB.slice(0, 1)]);
      const left = runAtOnce(sum(a, b).with(gone.map(without)));
      expect(scatterDifference(left, rest)).toBeLessThan(10 * tolerance);
    }
  });

  it.each([
    ['one block', whole, 1e-6],
    ['two bytes per value', halves, 2e-4],
  ])(
    'is the same to the bit in both orders, and in any grouping, in %s',
    (_, layout, tolerance) => {
      for (let seed = 1; seed <= 12; seed++) {
        const { ofA, ofB, random, learnWith } = randomSplit(seed);
        const [a, b] = [learnWith(layout, ofA), learnWith(layout, ofB)];
        const c = learn(
          layout,
          Array.from({ length: 6 }, () => randomRows(random)),
        );
        const [ab, ba] = [sum(a, b), sum(b, a)];
        expect(ab.within).toEqual(ba.within);
        expect(ab.background).toEqual(ba.background);
        expect(new Map([...ab.classes].sort())).toEqual(new Map([...ba.classes].sort()));
        expect(scatterDifference(sum(ab, c), sum(a, sum(b, c)))).toBeLessThan(tolerance);
      }
    },
  );

  it('keeps what both layouts have', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { ofA, ofB } = randomSplit(seed);
      const both = learn(blocks, [...ofA, ...ofB]).reduced(fewer);
      const sums = [
        sum(learn(blocks, ofA), learn(fewer, ofB), fewer),
        sum(learn(fewer, ofA), learn(blocks, ofB), fewer),
        sum(learn(blocks, ofA), learn(blocks, ofB), fewer),
      ];
      for (const each of sums) expect(scatterDifference(each, both)).toBeLessThan(1e-6);
    }
  });

  it('with an empty one is the other', () => {
    const some = learn(blocks, randomSplit(1).ofA);
    const empty = new Scatter(blocks);
    expect(sum(some, empty)).toBe(some);
    expect(sum(empty, some)).toBe(some);
    // The empty one does not keep the other to fewer features.
    expect(sum(some, new Scatter(fewer))).toBe(some);
    expect(sum(empty, empty).isEmpty).toBe(true);
  });
});
