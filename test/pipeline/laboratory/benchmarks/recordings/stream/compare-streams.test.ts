import { expect, it } from 'vitest';
import {
  compareStreams,
  describeStreams,
} from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/compare-streams.ts';
import type { StreamJudgement } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/judge-streams.ts';
import { areaOf, groups, outcomes, pictures } from '../found-objects.ts';

function judgement(facts: Partial<StreamJudgement>, found: number, right: number): StreamJudgement {
  const { state = 'played' } = facts;
  const names = Array.from({ length: pictures }, (_, i) => {
    return { recording: `r${i}`, objects: 10, judged: 8, right };
  });
  return {
    strategy: 'tally',
    delay: 0,
    wrong: 0,
    switches: 0,
    pair: 0,
    seed: 1,
    asked: 50,
    labels: 600,
    groups,
    classes: [outcomes(found)],
    ...facts,
    state,
    names: state === 'played' ? names : null,
  };
}

const judgements = [0, 1].flatMap((pair) =>
  [2, 1].flatMap((seed) => [
    judgement({ pair, seed }, 9, 8),
    judgement({ pair, seed, delay: 'end' }, 9, 0),
    judgement({ pair, seed, wrong: 0.2 }, 3, 4),
    judgement({ pair, seed, wrong: 0.2, state: 'mended' }, seed === 1 ? 9 : 8, 0),
    judgement({ pair, seed, wrong: 0.2, state: 'never' }, 9, 0),
  ]),
);

it('rows are over sets and seeds, and differences from the first condition', () => {
  const rows = compareStreams(judgements);
  expect(rows.map(({ delay, wrong, state }) => [delay, wrong, state])).toEqual([
    [0, 0, 'played'],
    ['end', 0, 'played'],
    [0, 0.2, 'played'],
    [0, 0.2, 'mended'],
  ]);
  const [first, late, wrong] = rows;
  expect(first!.map50!.value).toBeCloseTo(areaOf(0.75), 6);
  expect(first!.overFirst).toBeNull();
  expect(first!.perHundred).toBeCloseTo(2 * areaOf(0.75), 6);
  expect(first!.names!.value).toBe(1);
  expect(first!.detected).toBeCloseTo(0.8, 6);
  expect(late!.overFirst!.value).toBe(0);
  expect(late!.namesOverFirst!.value).toBe(-1);
  expect(wrong!.overFirst!.value).toBeCloseTo(areaOf(0.25) - areaOf(0.75), 6);
  expect(wrong!.fromNever).toBeNull();
});

it('mended rows have what separates them from heads that learned the right names at once', () => {
  const mended = compareStreams(judgements).at(-1)!;
  const gap = areaOf(0.75) - areaOf(8 / 12);
  expect(mended.fromNever!.largest).toBeCloseTo(gap, 6);
  expect(mended.fromNever!.mean).toBeCloseTo(-gap / 2, 6);
  // The ninth detection of the one is missing in the other.
  expect(mended.fromNever!.scores).toBeCloseTo(0, 6);
  expect(mended.names).toBeNull();
  expect(describeStreams([mended])).toMatch(/wrong 0.2, switches 0, mended: 50.0 questions/);
});
