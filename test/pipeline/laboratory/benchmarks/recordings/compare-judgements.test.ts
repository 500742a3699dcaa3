import { expect, it } from 'vitest';
import {
  compareRows,
  describeRows,
} from '../../../../../pipeline/laboratory/benchmarks/recordings/compare-judgements.ts';
import type { Judgement } from '../../../../../pipeline/laboratory/benchmarks/recordings/judge-recordings.ts';
import { areaOf, groups, outcomes } from './found-objects.ts';

function judgement(facts: Partial<Judgement>, found: number): Judgement {
  return {
    strategy: 'tally',
    labels: 'one',
    naming: 'frame',
    pair: 0,
    seed: 1,
    labelled: 2,
    groups,
    classes: [outcomes(found)],
    ...facts,
  };
}

it('rows are means over sets and seeds, and differences those on the same draws', () => {
  const rows = compareRows(
    [0, 1].flatMap((pair) =>
      [2, 1].flatMap((seed) => [
        judgement({ pair, seed }, 3),
        judgement({ pair, seed, naming: 'so-far' }, 6),
        judgement({ pair, seed, labels: 'carried', labelled: 10 }, pair === 0 ? 9 : 12),
      ]),
    ),
  );
  const [frame, soFar, carried] = rows;
  expect(frame!.map50!.value).toBeCloseTo(areaOf(0.25), 6);
  expect(frame!.overFrame).toBeNull();
  expect(soFar!.overFrame!.value).toBeCloseTo(areaOf(0.5) - areaOf(0.25), 6);
  expect(soFar!.overOne).toBeNull();
  expect(carried!.labelled).toBe(10);
  expect(carried!.ofPairs.map((value) => value?.toFixed(2))).toEqual(['0.75', '1.00']);
  const carriedArea = (areaOf(0.75) + 1) / 2;
  expect(carried!.overOne!.value).toBeCloseTo(carriedArea - areaOf(0.25), 6);
  expect(describeRows(rows)).toContain('tally, carried (10 labels), frame: 0.876');
});

it('methods are compared with the first one, with the same labels and naming', () => {
  const rows = compareRows([
    judgement({}, 6),
    judgement({ naming: 'so-far' }, 9),
    judgement({ strategy: 'slda' }, 3),
    judgement({ strategy: 'slda', naming: 'so-far' }, 3),
  ]);
  expect(rows.map(({ overFirst }) => overFirst === null)).toEqual([true, true, false, false]);
  expect(rows[2]!.overFirst!.value).toBeCloseTo(areaOf(0.25) - areaOf(0.5), 6);
  expect(rows[3]!.overFirst!.value).toBeCloseTo(areaOf(0.25) - areaOf(0.75), 6);
  expect(describeRows(rows)).toContain('over the first method -0.248');
});
