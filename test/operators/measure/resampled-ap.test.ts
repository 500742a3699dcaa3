import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  averagePrecision,
  type ClassInImage,
  outcomesAt50,
} from '../../../operators/measure/average-precision.ts';
import { groupsMin } from '../../../operators/measure/bootstrap.ts';
import {
  ap50Interval,
  meanAp50,
  pairedDifference,
  type SetOutcomes,
} from '../../../operators/measure/resampled-ap.ts';

const box = [0, 0, 10, 10] as const;
const elsewhere = [50, 50, 60, 60] as const;

/** A picture with one object that is found, or missed by a detection elsewhere. */
const picture = (found: boolean, score: number): ClassInImage => ({
  truths: [{ box }],
  detections: [{ box: found ? box : elsewhere, score }],
});

/** `count` pictures, of which every third is missed. */
function pictures(count: number, seed: number): ClassInImage[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => picture(i % 3 !== 0, random()));
}

const eachAlone = (count: number) => Array.from({ length: count }, (_, i) => [i]);

describe('interval of AP50', () => {
  it('covers the true value of most samples of pictures', () => {
    const truth = averagePrecision(pictures(6000, 3))!.ap50;
    let covered = 0;
    for (let seed = 10; seed < 40; seed++) {
      const random = seededRandom(seed);
      const sample = Array.from({ length: 90 }, () => picture(random() > 1 / 3, random()));
      const [low, high] = ap50Interval([outcomesAt50(sample)], eachAlone(90), random)!;
      expect(low).toBeLessThan(high);
      if (low <= truth && truth <= high) covered++;
    }
    // 95 % of 30 are 28.5; 23 or fewer have a chance below 0.001.
    expect(covered).toBeGreaterThan(23);
  });

  it('is wider where frames of one recording count as one', () => {
    const frames = Array.from({ length: 90 }, (_, i) => picture(Math.floor(i / 9) % 3 !== 0, 1));
    const recordings = Array.from({ length: 10 }, (_, r) =>
      frames.map((_, i) => i).slice(9 * r, 9 * r + 9),
    );
    const width = (groups: readonly (readonly number[])[]) => {
      const [low, high] = ap50Interval([outcomesAt50(frames)], groups, seededRandom(1))!;
      return high - low;
    };
    expect(width(recordings)).toBeGreaterThan(2 * width(eachAlone(90)));
  });

  it('is of the mean over classes, and null without objects', () => {
    const every = (image: ClassInImage) => Array.from({ length: 10 }, () => image);
    const [sure, missed] = [every(picture(true, 1)), every(picture(false, 1))];
    const of = (classes: readonly ClassInImage[][]) =>
      ap50Interval(classes.map(outcomesAt50), eachAlone(10), seededRandom(1));
    expect(of([sure, missed])).toEqual([0.5, 0.5]);
    expect(of([every({ truths: [], detections: [] })])).toBeNull();
  });

  it('is null where too few recordings say how recordings differ', () => {
    const frames = pictures(90, 4);
    const recordings = (count: number) =>
      Array.from({ length: count }, (_, r) =>
        frames.flatMap((_, i) => (i % count === r ? [i] : [])),
      );
    const of = (count: number) =>
      ap50Interval([outcomesAt50(frames)], recordings(count), seededRandom(1));
    expect(of(groupsMin - 1)).toBeNull();
    expect(of(groupsMin)).not.toBeNull();
  });
});

/**
 * Tracks of `frames` pictures each; a method finds an object or not, mostly a whole track alike.
 */
function tracks(count: number, frames: number): number[][] {
  return Array.from({ length: count }, (_, track) =>
    Array.from({ length: frames }, (_, i) => track * frames + i),
  );
}

/**
 * One class's outcomes where `found` says which pictures' objects are found; no false positives.
 */
const outcomes = (found: readonly boolean[]) =>
  outcomesAt50(
    found.map((is) => ({ truths: [{ box }], detections: is ? [{ box, score: 1 }] : [] })),
  );

const one = (groups: readonly (readonly number[])[], found: readonly boolean[]): SetOutcomes => ({
  groups,
  orders: [[outcomes(found)]],
});

describe('difference of two methods on the same pictures', () => {
  it('is covered by its interval in most simulated test sets, where tracks are what is random', () => {
    // Half of the tracks are hard; the second method finds 0.6 and the first 0.8 of those, track by
    // track, and both find the others. The true difference of AP50, which is the recall here, is
    // 0.1.
    const [count, frames, truth] = [60, 4, 0.1];
    const groups = tracks(count, frames);
    let covered = 0;
    let excluded = 0;
    let coveredByFrames = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const first: boolean[] = [];
      const second: boolean[] = [];
      for (let track = 0; track < count; track++) {
        const [isHard, luck] = [random() < 0.5, random()];
        for (let i = 0; i < frames; i++) {
          first.push(!isHard || luck < 0.8);
          second.push(!isHard || luck < 0.6);
        }
      }
      const sets = [first, second].map((found) => [one(groups, found)]);
      const { interval } = pairedDifference(sets[0]!, sets[1]!, seededRandom(seed))!;
      if (interval![0] <= truth && truth <= interval![1]) covered++;
      if (interval![0] > 0) excluded++;
      if (seed > 8) continue;
      const alone = [first, second].map((found) => [one(eachAlone(count * frames), found)]);
      const narrow = pairedDifference(alone[0]!, alone[1]!, seededRandom(seed))!.interval!;
      if (narrow[0] <= truth && truth <= narrow[1]) coveredByFrames++;
    }
    // 95 % of 40 are 38; 33 or fewer have a chance of 0.003. Frames as units cover far fewer.
    expect(covered).toBeGreaterThan(33);
    expect(coveredByFrames).toBeLessThan(8);
    expect(excluded).toBeGreaterThan(8);
  }, 240_000);

  it('excludes 0 in few simulated test sets where there is none', () => {
    const groups = eachAlone(40);
    let excluded = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const found = () => Array.from(groups, () => random() < 0.7);
      const { interval } = pairedDifference(
        [one(groups, found())],
        [one(groups, found())],
        seededRandom(seed),
      )!;
      if (interval![0] > 0 || interval![1] < 0) excluded++;
    }
    // 5 % of 40 are 2; 7 or more have a chance of 0.003.
    expect(excluded).toBeLessThan(7);
  }, 240_000);

  it('is certain where one method finds a little more of everything, though intervals overlap', () => {
    const groups = eachAlone(40);
    const second = groups.map((_, i) => i % 2 === 0);
    const first = groups.map((_, i) => i % 2 === 0 || i % 8 === 1);
    const [a, b] = [[one(groups, first)], [one(groups, second)]];
    const [own, other] = [a, b].map((sets) => meanAp50(sets, seededRandom(1))!.interval);
    expect(own![0]).toBeLessThan(other![1]);
    const { value, interval } = pairedDifference(a, b, seededRandom(1))!;
    expect(value).toBeCloseTo(0.125, 1);
    expect(interval![0]).toBeGreaterThan(0);
    // The other way round it is the same with the other sign.
    const back = pairedDifference(b, a, seededRandom(1))!;
    expect(back.value).toBeCloseTo(-value, 12);
    expect(back.interval![1]).toBeCloseTo(-interval![0], 2);
  });

  it('is rejected for other pictures, classes or orders', () => {
    const groups = eachAlone(4);
    const found = [true, true, false, true];
    const a = one(groups, found);
    const paired = (b: SetOutcomes) => () => pairedDifference([a], [b], Math.random);
    expect(paired(one([[0, 1], [2], [3]], found))).toThrow('the groups of pictures differ');
    expect(paired({ ...a, orders: [...a.orders, ...a.orders] })).toThrow('1 and 2 class orders');
    const [[known] = []] = a.orders;
    expect(paired({ groups, orders: [[known!, known!]] })).toThrow('objects of the classes differ');
    expect(() => pairedDifference([a, a], [a], Math.random)).toThrow('numbers of test sets');
  });
});

describe('several class orders', () => {
  const groups = eachAlone(50);
  const orderOf = (share: number) => [outcomes(groups.map((_, i) => i < share * groups.length))];

  it('add their spread to the interval of the mean', () => {
    const width = (shares: readonly number[]) => {
      const orders = shares.map(orderOf);
      const { value, interval } = meanAp50([{ groups, orders }], seededRandom(1))!;
      expect(value).toBeCloseTo(0.6, 1);
      return interval![1] - interval![0];
    };
    expect(width([0.2, 0.4, 0.6, 0.8, 1])).toBeGreaterThan(1.3 * width([0.6, 0.6, 0.6, 0.6, 0.6]));
  });

  it('pair the same order of both methods', () => {
    const high = { groups, orders: [0.3, 0.5, 0.7, 0.9].map(orderOf) };
    const low = { groups, orders: [0.2, 0.4, 0.6, 0.8].map(orderOf) };
    const { value, interval } = pairedDifference([high], [low], seededRandom(1))!;
    expect(value).toBeCloseTo(0.1, 1);
    expect(interval![1] - interval![0]).toBeLessThan(0.2);
    const spread = meanAp50([high], seededRandom(1))!.interval!;
    expect(spread[1] - spread[0]).toBeGreaterThan(0.4);
  });

  it('count on each of several test sets, of which the mean is taken', () => {
    const half = { groups, orders: [orderOf(0.4)] };
    const all = { groups, orders: [orderOf(0.8)] };
    expect(meanAp50([half, all], seededRandom(1))!.value).toBeCloseTo(0.6, 1);
    expect(() => meanAp50([half, { groups, orders: [] }], Math.random)).toThrow(RangeError);
    expect(meanAp50([], Math.random)).toBeNull();
  });
});
