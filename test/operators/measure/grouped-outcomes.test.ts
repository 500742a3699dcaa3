import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  averagePrecision,
  type ClassInImage,
  outcomesAt50,
} from '../../../operators/measure/average-precision.ts';
import {
  groupOutcomes,
  weightedArea,
  weightedMean,
} from '../../../operators/measure/grouped-outcomes.ts';

const box = [0, 0, 10, 10] as const;
const elsewhere = [50, 50, 60, 60] as const;

/** Pictures with an object each, two thirds of them found, and two false positives each. */
function pictures(count: number, seed: number): ClassInImage[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    truths: [{ box }],
    detections: [
      { box: i % 3 === 0 ? elsewhere : box, score: random() },
      { box: elsewhere, score: random() },
      { box: elsewhere, score: random() },
    ],
  }));
}

const eachAlone = (count: number) => Array.from({ length: count }, (_, i) => [i]);

describe('weighted average precision', () => {
  it('is the usual one where every picture counts once, whatever the groups', () => {
    const all = pictures(60, 1);
    const expected = averagePrecision(all)!.ap50;
    for (const groups of [eachAlone(60), [eachAlone(60).flat()], [[5], [0, 1, 2, 3, 4]]]) {
      const shown = groups.flat().map((i) => all[i]!);
      const once = new Uint16Array(groups.length).fill(1);
      const area = weightedArea(groupOutcomes(outcomesAt50(all), groups), once);
      expect(area).toBe(shown.length === 60 ? expected : averagePrecision(shown)!.ap50);
    }
  });

  it('counts a group twice as two equal groups', () => {
    const all = pictures(30, 2);
    const groups = [eachAlone(10).flat(), eachAlone(30).flat().slice(10)];
    const twice = [...all, ...all.slice(0, 10)];
    const area = weightedArea(groupOutcomes(outcomesAt50(all), groups), [2, 1]);
    expect(area).toBe(averagePrecision(twice)!.ap50);
  });

  it('needs far fewer entries than there are detections', () => {
    const grouped = groupOutcomes(outcomesAt50(pictures(300, 3)), [eachAlone(300).flat()]);
    // One entry for each of 200 true positives and at most one for the false ones before it.
    expect(grouped.groups.length).toBeLessThanOrEqual(400);
  });

  it('is null where no object is drawn, and such a class is left out of the mean', () => {
    const found = groupOutcomes(outcomesAt50([{ truths: [{ box }], detections: [] }]), [[0]]);
    expect(weightedArea(found, [0])).toBeNull();
    expect(weightedMean([found], [0])).toBeNull();
    const none = groupOutcomes(outcomesAt50([{ truths: [], detections: [] }]), [[0]]);
    expect(weightedMean([found, none], [1])).toBe(0);
  });
});
