import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  drawSwitches,
  rightNames,
  withoutSecond,
  withSwitches,
  withWrong,
} from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/mistakes.ts';
import type { Question } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/visits.ts';

const classes = ['cone', 'cup', 'box'];
/** Twenty tracks in as many visits of ten recordings. */
const questions = Array.from({ length: 20 }, (_, i): Question => ({
  track: i + 1,
  recording: `r${i % 10}`,
  visit: i,
  askedAt: 16 * i + 1,
  truth: classes[i % 3]!,
}));
const right = rightNames(questions);

describe('wrong names', () => {
  it('are as many as asked for, each of another class, and the same for the same draws', () => {
    const names = withWrong(right, 0.2, classes, seededRandom(1));
    const wrong = names.filter(({ label }, i) => label !== right[i]!.label);
    expect(wrong).toHaveLength(4);
    for (const { label } of wrong) expect(classes).toContain(label);
    expect(withWrong(right, 0.2, classes, seededRandom(1))).toEqual(names);
    expect(withWrong(right, 0, classes, seededRandom(1))).toEqual(right);
  });

  it('of a larger share are about the tracks of a smaller one, and others', () => {
    const wrongOf = (share: number) =>
      withWrong(right, share, classes, seededRandom(3))
        .filter(({ label }, i) => label !== right[i]!.label)
        .map(({ track }) => track);
    expect(wrongOf(0.3)).toEqual(expect.arrayContaining(wrongOf(0.1)));
  });

  it('are none where there is no other class', () => {
    expect(withWrong(right.slice(0, 1), 1, ['cone'], seededRandom(1))).toEqual(right.slice(0, 1));
  });
});

describe('identity switches', () => {
  const switches = drawSwitches(questions, 0.2, seededRandom(1));

  it('join as many tracks as asked for with one of another recording and class', () => {
    expect(switches).toHaveLength(4);
    for (const { first, second } of switches) {
      expect(second.visit).toBeGreaterThan(first.visit);
      expect(second.recording).not.toBe(first.recording);
      expect(second.truth).not.toBe(first.truth);
    }
    const tracks = switches.flatMap(({ first, second }) => [first.track, second.track]);
    expect(new Set(tracks).size).toBe(8);
  });

  it('give the second track the name of the first, when that has it', () => {
    const names = withSwitches(right, switches);
    for (const { first, second } of switches) {
      const name = names.find(({ track }) => track === second.track)!;
      expect(name.label).toBe(first.truth);
      expect(name.givenAt).toBe(first.askedAt);
      expect(name.visit).toBe(second.visit);
    }
    expect(names.filter((name, i) => name.label !== right[i]!.label)).toHaveLength(4);
  });

  it('leave the second track without a name once they are split', () => {
    const names = withoutSecond(right, switches);
    expect(names).toHaveLength(16);
    for (const name of names) expect(right).toContainEqual(name);
  });

  it('are none where all tracks are of one class or of one recording', () => {
    const alike = questions.map((question) => ({ ...question, truth: 'cone' }));
    expect(drawSwitches(alike, 1, seededRandom(1))).toEqual([]);
    const together = questions.map((question) => ({ ...question, recording: 'r' }));
    expect(drawSwitches(together, 1, seededRandom(1))).toEqual([]);
  });
});
