import { describe, expect, it } from 'vitest';
import type {
  ClassOutcomes,
  Detections,
} from '../../../../pipeline/laboratory/protocols/class-scores.ts';
import { outcomesOf } from '../../../../pipeline/laboratory/protocols/class-scores.ts';
import { scoreSeenPictures } from '../../../../pipeline/laboratory/protocols/seen-pictures.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';

const names = ['cup', 'hat', 'pen'];
const images = names.flatMap((name) =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => imageOf(`${name}${i}`, [objectOf(name)])),
);
const groups = images.map((_, i) => [i]);
const { box } = images[0]!.objects[0]!;

/**
 * Detections at two checkpoints: `cup` is detected on every picture that `alarms` names, with a
 * better score on those of other classes, and where it is; the others where they are.
 */
function outcomesWith(alarms: readonly string[], classes: readonly string[]): ClassOutcomes {
  const detections: Detections = new Map(
    images.map(({ id, objects }) => [
      id,
      [
        ...objects.map((object) => ({ ...object, score: 0.5 })),
        ...(alarms.some((name) => id.startsWith(name)) ? [{ class: 'cup', box, score: 0.9 }] : []),
      ],
    ]),
  );
  return outcomesOf(images, detections, classes);
}

const tasks = [['cup'], ['hat'], ['pen']];

describe('pictures of seen classes', () => {
  it('leave out false alarms on classes that were not taught yet', () => {
    // Until they are taught, hats and pens are taken for cups.
    const outcomes = [
      outcomesWith(['hat', 'pen'], ['cup']),
      outcomesWith(['pen'], ['cup', 'hat']),
      outcomesWith([], names),
    ];
    const scores = scoreSeenPictures({ images, groups, tasks, outcomes, seed: 1 });
    expect(scores.map50Seen.map((value) => value?.toFixed(6))).toEqual(Array(3).fill('1.000000'));
    expect(scores).toMatchObject({ forgettingSeen: 0, bwtSeen: 0 });
    expect(scores.bwtSeenInterval).toEqual([0, 0]);
  });

  it('count what a head forgets, on the pictures of the task alone', () => {
    // At the end cups are seen in pictures of cups twice, and on hats and pens.
    const forgets = outcomesWith(['hat', 'pen'], names);
    const lost = { ...forgets.get('cup')!, outcomes: forgets.get('cup')!.outcomes.map(() => 0) };
    const outcomes = [
      outcomesWith([], ['cup']),
      outcomesWith([], ['cup', 'hat']),
      new Map([...forgets, ['cup', lost]]),
    ];
    const scores = scoreSeenPictures({ images, groups, tasks, outcomes, seed: 1 });
    // Of two tasks before the last one, the cups are lost and the hats are kept.
    expect(scores.forgettingSeen).toBeCloseTo(0.5, 6);
    expect(scores.bwtSeen).toBeCloseTo(-0.5, 6);
    expect(scores.map50Seen[2]).toBeCloseTo(2 / 3, 6);
  });

  it('count false alarms on seen classes', () => {
    // Hats are taken for cups although they have been taught: half of the detections are true.
    const outcomes = [outcomesWith([], ['cup']), outcomesWith(['hat'], ['cup', 'hat'])];
    const two = { images, groups, tasks: tasks.slice(0, 2), outcomes, seed: 1 };
    const scores = scoreSeenPictures(two);
    expect(scores.map50Seen[1]).toBeCloseTo((0.5 + 1) / 2, 6);
    // Not on the pictures of cups, which are all that the task is followed on.
    expect(scores.bwtSeen).toBeCloseTo(0, 6);
  });

  it('have intervals that resample the groups', () => {
    const seen = outcomesWith([], ['cup']);
    const half = {
      ...seen.get('cup')!,
      outcomes: seen.get('cup')!.outcomes.map((_, i) => Number(i < 5)),
    };
    const outcomes = [new Map([['cup', half]])];
    const one = { images, tasks: [['cup']], outcomes, seed: 1 };
    const scores = scoreSeenPictures({ ...one, groups });
    const [low, high] = scores.map50SeenInterval[0]!;
    expect([low < 0.3, high > 0.7]).toEqual([true, true]);
    expect(scores).toMatchObject({ bwtSeen: null, forgettingSeenInterval: null });
    // Too few groups show a cup, although there are many.
    const two = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], ...groups.slice(10)];
    expect(scoreSeenPictures({ ...one, groups: two }).map50SeenInterval).toEqual([null]);
  });
});
