import { expect, describe, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Observation } from '../../../operators/detect/detected-frame.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import type { Track } from '../../../operators/track/track.ts';
import { boxAt, observationAt } from './scene.ts';

const none = emptyHead();
const stepMs = 100;
const still = (count: number) =>
  Array.from({ length: count }, () => [observationAt(boxAt(500, 500))]);
const idsOf = (tracks: readonly Track[]) => tracks.map(({ id }) => id);

function run(tracker: Tracker, frames: readonly (readonly Observation[])[]): void {
  for (const [i, observations] of frames.entries()) tracker.update(observations, i * stepMs, none);
}

describe('Tracker with frames left out for stillness', () => {
  it('keeps tracks of still objects, and ends them after a leap', () => {
    const tracker = new Tracker({ stillMs: 10_000 });
    run(tracker, still(10));
    // The detector misses the object once.
    const seen = [still(1)[0]!, [], still(1)[0]!, still(1)[0]!];
    const states = seen.map((each, i) => tracker.update(each, 900 + (i + 1) * 10_000, none));
    expect(states.map(({ ended }) => ended)).toEqual([[], [], [], []]);
    expect(idsOf(states.at(-1)!.tracks)).toEqual([1]);
    const moved = [observationAt(boxAt(510, 500))];
    expect(idsOf(tracker.update(moved, 41_200, none).tracks)).toEqual([1]);
    expect(tracker.update(still(1)[0]!, 3_600_000, none).ended).toEqual([1]);
  });

  it('does not move objects on through frames in which nothing moved', () => {
    const tracker = new Tracker({ stillMs: 20_000 });
    const moving = Array.from({ length: 10 }, (_, i) => [observationAt(boxAt(100 + 8 * i, 500))]);
    run(tracker, moving);
    const stopped = [observationAt(boxAt(180, 500))];
    for (let i = 0; i < 10; i++) tracker.update(stopped, 1000 + i * stepMs, none);
    const after = tracker.update(stopped, 21_000, none);
    expect([idsOf(after.tracks), after.tracks[0]!.missed, after.ended]).toEqual([[1], 0, []]);
  });
});
