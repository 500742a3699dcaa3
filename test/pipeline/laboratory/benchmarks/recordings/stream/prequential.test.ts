import { describe, expect, it } from 'vitest';
import { emptyHead } from '../../../../../../operators/detect/heads/score.ts';
import { seededRandom } from '../../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  judgeNames,
  nameAccuracy,
  nameAccuracyDifference,
  type NameCounts,
} from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/prequential.ts';
import { placed, twoClassHead, visitOf } from './scene.ts';

describe('names of objects', () => {
  const frames = [
    [placed(1, 'object', 0.9)],
    [placed(1, 'object', 0.2), placed(2, 'elsewhere', 0.9)],
    [placed(2, 'elsewhere', 0.9)],
  ];
  const { pictures } = visitOf('a', frames, 'cone');
  const head = twoClassHead('cone', 'cup');

  it('are right where the class of the highest score is, of objects that a track lies on', () => {
    const counts = judgeNames(pictures, head, new Set(['cone']));
    expect(counts).toEqual({ objects: 3, judged: 2, right: 1 });
  });

  it('do not count for classes that nobody was asked about', () => {
    const counts = judgeNames(pictures, head, new Set(['cup']));
    expect(counts).toEqual({ objects: 0, judged: 0, right: 0 });
  });

  it('are all wrong by a head that has learned nothing', () => {
    const counts = judgeNames(pictures, emptyHead(), new Set(['cone']));
    expect(counts).toEqual({ objects: 3, judged: 2, right: 0 });
  });
});

describe('accuracy of names', () => {
  /** Twelve recordings of two visits, of whose eight objects so many are named right. */
  const order = (right: number): NameCounts[] =>
    Array.from({ length: 24 }, (_, i) => {
      return { recording: `r${i % 12}`, objects: 10, judged: 8, right };
    });

  it('is the share of right names among those judged, over sets and orders', () => {
    const sets = [
      [order(8), order(4)],
      [order(6), order(2)],
    ];
    const accuracy = nameAccuracy(sets, seededRandom(1))!;
    expect(accuracy.value).toBeCloseTo(20 / 32, 9);
    expect(accuracy.interval![0]).toBeLessThan(accuracy.value);
    expect(accuracy.interval![1]).toBeGreaterThan(accuracy.value);
  });

  it('differs for certain where all recordings differ alike', () => {
    const difference = nameAccuracyDifference(
      [[order(4), order(2)]],
      [[order(8), order(6)]],
      seededRandom(1),
    )!;
    expect(difference.value).toBeCloseTo(-0.5, 9);
    for (const bound of difference.interval!) expect(bound).toBeCloseTo(-0.5, 9);
  });

  it('leaves draws without a judged object out, and is none without any', () => {
    const rare = order(0).map((counts, i) => ({ ...counts, judged: i === 0 ? 8 : 0 }));
    expect(nameAccuracy([[rare]], seededRandom(1))).toEqual({ value: 0, interval: [0, 0] });
    const none = order(0).map((counts) => ({ ...counts, judged: 0 }));
    expect(nameAccuracy([[none]], seededRandom(1))).toBeNull();
  });

  it('has no interval for few recordings', () => {
    const few = order(4).filter(({ recording }) => recording < 'r2');
    expect(nameAccuracy([[few]], seededRandom(1))).toEqual({ value: 0.5, interval: null });
  });
});
