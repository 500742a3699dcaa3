import { expect, describe, it } from 'vitest';
import { Tracker } from '../../../operators/track/tracker.ts';
import type { Track } from '../../../operators/track/track.ts';
import { boxAt, noHead, observationAt, runFrames, stepMs, stillFrames } from './scene.ts';

const idsOf = (tracks: readonly Track[]) => tracks.map(({ id }) => id);

describe('Tracker with frames left out for stillness', () => {
  it('keeps tracks of still objects, and ends them after a leap', () => {
    const tracker = new Tracker({ stillMs: 10_000 });
    runFrames(tracker, stillFrames(10));
    // The detector misses the object once.
    const seen = [stillFrames(1)[0]!, [], stillFrames(1)[0]!, stillFrames(1)[0]!];
    const states = seen.map((each, i) => tracker.update(each, 900 + (i + 1) * 10_000, noHead));
    expect(states.map(({ ended }) => ended)).toEqual([[], [], [], []]);
    expect(idsOf(states.at(-1)!.tracks)).toEqual([1]);
    const moved = [observationAt(boxAt(510, 500))];
    expect(idsOf(tracker.update(moved, 41_200, noHead).tracks)).toEqual([1]);
    expect(tracker.update(stillFrames(1)[0]!, 3_600_000, noHead).ended).toEqual([1]);
  });

  it('does not move objects on through frames in which nothing moved', () => {
    const tracker = new Tracker({ stillMs: 20_000 });
    const moving = Array.from({ length: 10 }, (_, i) => [observationAt(boxAt(100 + 8 * i, 500))]);
    runFrames(tracker, moving);
    const stopped = [observationAt(boxAt(180, 500))];
    for (let i = 0; i < 10; i++) tracker.update(stopped, 1000 + i * stepMs, noHead);
    const after = tracker.update(stopped, 21_000, noHead);
    expect([idsOf(after.tracks), after.tracks[0]!.missed, after.ended]).toEqual([[1], 0, []]);
  });
});
