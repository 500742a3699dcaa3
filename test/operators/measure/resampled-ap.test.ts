import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  averagePrecision,
  type ClassInImage,
  outcomesAt50,
  weightedArea,
} from '../../../operators/measure/average-precision.ts';
import { ap50Interval, groupsMin } from '../../../operators/measure/resampled-ap.ts';

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

describe('weighted average precision', () => {
  it('is the usual one where every picture counts once', () => {
    const all = pictures(60, 1);
    const once = new Uint16Array(all.length).fill(1);
    expect(weightedArea(outcomesAt50(all), once)).toBeCloseTo(averagePrecision(all)!.ap50, 12);
  });

  it('counts a picture twice as two equal pictures', () => {
    const all = pictures(30, 2);
    const twice = [...all, ...all.slice(0, 10)];
    const weights = Uint16Array.from(all, (_, i) => (i < 10 ? 2 : 1));
    const area = weightedArea(outcomesAt50(all), weights);
    expect(area).toBeCloseTo(averagePrecision(twice)!.ap50, 12);
  });

  it('is null where no object is drawn', () => {
    expect(weightedArea(outcomesAt50([picture(true, 1)]), [0])).toBeNull();
  });
});

describe('interval of AP50', () => {
  it('covers the true value of most samples of pictures', () => {
    const truth = averagePrecision(pictures(6000, 3))!.ap50;
    let covered = 0;
    for (let seed = 10; seed < 40; seed++) {
      const random = seededRandom(seed);
      const sample = Array.from({ length: 90 }, () => picture(random() > 1 / 3, random()));
      const [low, high] = ap50Interval([sample], eachAlone(90), random)!;
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
      const [low, high] = ap50Interval([frames], groups, seededRandom(1))!;
      return high - low;
    };
    expect(width(recordings)).toBeGreaterThan(2 * width(eachAlone(90)));
  });

  it('is of the mean over classes, and null without objects', () => {
    const every = (image: ClassInImage) => Array.from({ length: 10 }, () => image);
    const [sure, missed] = [every(picture(true, 1)), every(picture(false, 1))];
    const of = (classes: readonly ClassInImage[][]) =>
      ap50Interval(classes, eachAlone(10), seededRandom(1));
    expect(of([sure, missed])).toEqual([0.5, 0.5]);
    expect(of([every({ truths: [], detections: [] })])).toBeNull();
  });

  it('is null where too few recordings say how recordings differ', () => {
    const frames = pictures(90, 4);
    const recordings = (count: number) =>
      Array.from({ length: count }, (_, r) =>
        frames.flatMap((_, i) => (i % count === r ? [i] : [])),
      );
    const of = (count: number) => ap50Interval([frames], recordings(count), seededRandom(1));
    expect(of(groupsMin - 1)).toBeNull();
    expect(of(groupsMin)).not.toBeNull();
  });
});
