import { describe, expect, it } from 'vitest';
import { SteadyPeaks, steadyPlacesMax } from '../../../operators/track/steady-peaks.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { boxAt, observationAt } from './scene.ts';

const stepMs = 200;

/** A weak peak at this place, of which every frame that `isSeen` tells of has one. */
function framesUntilSteady(isSeen: (frame: number) => boolean, frames = 200, shift = 0): number {
  const peaks = new SteadyPeaks();
  for (let i = 0; i < frames; i++) {
    const peak = observationAt(boxAt(300 + shift * i, 300, 80), { objectness: 0.15 });
    if (peaks.update(isSeen(i) ? [peak] : [], i * stepMs).length > 0) return i;
  }
  return -1;
}

describe('SteadyPeaks', () => {
  it('returns a peak once it has stayed at its place for four seconds and twenty frames', () => {
    expect(framesUntilSteady(() => true)).toBe(20);
    expect(framesUntilSteady((i) => i % 6 !== 5)).toBe(22);
  });

  it('returns no peak that flickers or wanders', () => {
    expect(framesUntilSteady((i) => i % 2 === 0)).toBe(-1);
    expect(framesUntilSteady(() => true, 200, 30)).toBe(-1);
  });

  it('watches a bounded number of places', () => {
    const peaks = new SteadyPeaks();
    const many = Array.from({ length: 200 }, (_, i) => observationAt(boxAt(100 * i, 0, 40)));
    peaks.update(many, 0);
    expect(peaks.size).toBe(steadyPlacesMax);
    peaks.clear();
    expect(peaks.size).toBe(0);
  });
});

describe('Tracker, weak peaks', () => {
  /** Ids of the tracks after some frames of a peak at one place. */
  const trackedAfter = (frames: number, objectness: number, beside: readonly number[] = []) => {
    const tracker = new Tracker();
    let ids: readonly number[] = [];
    for (let i = 0; i < frames; i++) {
      const observations = [objectness, ...beside].map((value, j) =>
        observationAt(boxAt(300 + 10 * j, 300, 80), { objectness: value }),
      );
      ids = tracker.update(observations, i * stepMs, emptyHead()).tracks.map(({ id }) => id);
    }
    return ids;
  };

  it('start a track only after seconds at one place', () => {
    expect(trackedAfter(15, 0.15)).toEqual([]);
    expect(trackedAfter(40, 0.15)).toEqual([1]);
    expect(trackedAfter(40, 0.11)).toEqual([]);
  });

  it('start none in the place of a track', () => {
    expect(trackedAfter(60, 0.15, [0.5])).toEqual([1]);
  });
});
