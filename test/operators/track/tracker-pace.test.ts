import { describe, expect, it } from 'vitest';
import { Tracker } from '../../../operators/track/tracker.ts';
import { noHead, stillFrames } from './scene.ts';

describe('Tracker', () => {
  it.each([
    ['a camera of one frame every ten seconds', {}, 10_000],
    ['a time limit of zero', { lostMs: 0 }, 100],
    ['a time limit below the frame interval', { lostMs: 10 }, 1000],
  ])('confirms a still object with %s', (_, options, intervalMs) => {
    const tracker = new Tracker(options);
    const tracks = stillFrames(6).map(
      (observations, i) => tracker.update(observations, i * intervalMs, noHead).tracks[0],
    );
    expect(tracks.map((track) => track?.id)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(tracks.map((track) => track?.confirmed)).toEqual([
      ...[false, false, true],
      ...[true, true, true],
    ]);
  });

  it('keeps a track of a slow camera over missed frames, and ends it after more than three', () => {
    const tracker = new Tracker();
    const frames = [...stillFrames(3), [], [], [], []];
    const ended = frames.map((seen, i) => tracker.update(seen, i * 10_000, noHead).ended);
    expect(ended).toEqual([[], [], [], [], [], [], [1]]);
  });

  it('continues the ids of an earlier tracker', () => {
    const earlier = new Tracker();
    stillFrames(3).forEach((seen, i) => earlier.update(seen, i * 100, noHead));
    expect(earlier.nextId).toBe(2);
    const later = new Tracker({ firstId: earlier.nextId });
    expect(later.update(stillFrames(1)[0]!, 0, noHead).tracks.map(({ id }) => id)).toEqual([2]);
    expect(later.nextId).toBe(3);
  });
});
