import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import type { Track } from '../../../operators/track/track.ts';
import {
  boxAt,
  latentOf,
  noHead,
  normal,
  observationAt,
  runFrames,
  stepMs,
  stillFrames,
} from './scene.ts';

const idsOf = (tracks: readonly Track[]) => tracks.map(({ id }) => id);

describe('Tracker', () => {
  it('confirms a track at its third hit and counts ids from 1', () => {
    const states = runFrames(new Tracker(), stillFrames(4)).map(({ tracks }) => tracks[0]);
    expect(states.map((t) => t?.id)).toEqual([1, 1, 1, 1]);
    expect(states.map((t) => t?.confirmed)).toEqual([false, false, true, true]);
    expect(states.map((t) => t?.hits)).toEqual([1, 2, 3, 4]);
  });

  it('keeps two crossing objects apart', () => {
    const tracker = new Tracker();
    const random = seededRandom(11);
    const ids = new Map<'down' | 'up', Set<number>>([
      ['down', new Set()],
      ['up', new Set()],
    ]);
    for (let i = 0; i < 60; i++) {
      const jitter = () => 2 * normal(random);
      const down = boxAt(100 + 12 * i + jitter(), 300 + 3 * i + jitter(), 80);
      const up = boxAt(808 - 12 * i + jitter(), 480 - 3 * i + jitter(), 80);
      // The detector finds only one of them while they occlude each other.
      const covered = Math.abs(down[0] - up[0]) < 40;
      const seen = covered ? [down] : [down, up];
      const { tracks } = tracker.update(
        seen.map((box) => observationAt(box)),
        i * stepMs,
        noHead,
      );
      for (const track of tracks) {
        if (!track.confirmed || track.missed > 0 || covered) continue;
        const isDown = Math.abs(track.box[0] - down[0]) < Math.abs(track.box[0] - up[0]);
        ids.get(isDown ? 'down' : 'up')?.add(track.id);
      }
    }
    expect([...ids.values()].map((set) => [...set])).toEqual([[1], [2]]);
  });

  it('marks a part of a stronger unrecognised object while both are visible', () => {
    const tracker = new Tracker();
    const whole = observationAt(boxAt(500, 500), { objectness: 0.6 });
    const part = observationAt(boxAt(520, 500, 50), { objectness: 0.4 });
    const states = runFrames(tracker, [...Array.from({ length: 4 }, () => [whole, part]), [part]]);
    const fragments = states.map(({ tracks }) => tracks.filter((t) => t.fragment).map((t) => t.id));
    // Tracks count from their third hit on, and only while they are visible.
    expect(fragments).toEqual([[], [], [2], [2], []]);

    runFrames(tracker, [[whole, part]], 5 * stepMs);
    expect(tracker.setEmbedding(2, latentOf(0, cropEmbeddingLength), 500)?.fragment).toBe(true);
    expect(tracker.setEmbedding(1, latentOf(0, cropEmbeddingLength), 500)?.fragment).toBe(false);
  });

  it('fills a gap with predicted boxes and continues the track under its id', () => {
    const tracker = new Tracker();
    const walk = Array.from({ length: 30 }, (_, i) =>
      i >= 12 && i < 20 ? [] : [observationAt(boxAt(100 + 20 * i, 500))],
    );
    const states = runFrames(tracker, walk).map(({ tracks }) => tracks[0]);
    expect(new Set(states.map((t) => t?.id))).toEqual(new Set([1]));
    expect(states[19]?.missed).toBe(8);
    expect(states[19]?.observation).toBeNull();
    expect((states[19]!.box[0] + states[19]!.box[2]) / 2).toBeCloseTo(100 + 20 * 19, -1);
    expect(states[29]?.missed).toBe(0);
  });

  it('ends a track that was missed for long enough in time and in frames', () => {
    const tracker = new Tracker({ lostMs: 1000, lostFrames: 3 });
    runFrames(tracker, stillFrames(5));
    const fast = Array.from({ length: 12 }, (_, i) => tracker.update([], 500 + i * 100, noHead));
    expect(fast.findIndex(({ ended }) => ended.length > 0)).toBe(10);

    const slow = new Tracker({ lostMs: 1000, lostFrames: 3 });
    for (let i = 0; i < 5; i++) slow.update(stillFrames(1)[0]!, i * 900, noHead);
    const ends = Array.from({ length: 6 }, (_, i) => slow.update([], 4500 + i * 900, noHead).ended);
    expect(ends.findIndex((ended) => ended.length > 0)).toBe(3);
  });

  it('ends a track that was never confirmed after two misses, and never reuses its id', () => {
    const tracker = new Tracker();
    const ends = runFrames(tracker, [...stillFrames(2), [], [], ...stillFrames(1)]);
    expect(ends.map(({ ended }) => ended)).toEqual([[], [], [], [1], []]);
    expect(idsOf(ends[4]!.tracks)).toEqual([2]);
  });

  it('prolongs a track with weak observations but starts none with them', () => {
    const tracker = new Tracker();
    const weak = { objectness: 0.2 };
    expect(runFrames(tracker, stillFrames(5, weak)).at(-1)?.tracks).toEqual([]);
    const states = runFrames(tracker, [...stillFrames(3), ...stillFrames(20, weak)], 500);
    expect(states.at(-1)?.tracks[0]).toMatchObject({ id: 1, missed: 0, hits: 23 });
    const tooWeak = runFrames(tracker, stillFrames(1, { objectness: 0.1 }), 3000);
    expect(tooWeak[0]?.tracks[0]?.missed).toBe(1);
  });

  it('keeps the identity of an object that changes its base class every frame', () => {
    const tracker = new Tracker();
    const names = ['kite', 'bird', 'frisbee', 'sports ball'];
    const states = Array.from({ length: 40 }, (_, i) =>
      tracker.update(
        [observationAt(boxAt(500, 500), { baseClass: names[i % 4]!, baseScore: 0.38 })],
        i * stepMs,
        noHead,
      ),
    );
    expect(new Set(states.flatMap(({ tracks }) => idsOf(tracks)))).toEqual(new Set([1]));
    expect(states.slice(4).every(({ tracks }) => tracks[0]?.recognition === null)).toBe(true);
  });

  it('follows an object that leaves its own box between two frames of a slow camera', () => {
    const tracker = new Tracker();
    const ids = Array.from({ length: 6 }, (_, i) => {
      const seen = [observationAt(boxAt(100 + 110 * i, 500))];
      return idsOf(tracker.update(seen, i * 200, noHead).tracks);
    });
    expect(ids.at(-1)).toEqual([1]);
  });

  it('ends every track when time goes back or leaps ahead', () => {
    const tracker = new Tracker();
    runFrames(tracker, stillFrames(5), 5000);
    expect(tracker.update(stillFrames(1)[0]!, 0, noHead)).toMatchObject({ ended: [1] });
    const leap = tracker.update(stillFrames(1)[0]!, 3_600_000, noHead);
    expect(leap.ended).toEqual([2]);
    expect(idsOf(leap.tracks)).toEqual([3]);
  });

  it('refuses tracks above its bound and counts them', () => {
    const tracker = new Tracker({ tracksMax: 2 });
    const seen = [100, 400, 700].map((x) => observationAt(boxAt(x, 500)));
    expect(tracker.update(seen, 0, noHead).tracks).toHaveLength(2);
    expect(tracker.refused).toBe(1);
  });

  it('measures the travel of a moving box and none for a jittering one', () => {
    const tracker = new Tracker();
    const random = seededRandom(2);
    const frames = Array.from({ length: 100 }, (_, i) => [
      observationAt(boxAt(200 + 2 * normal(random), 200 + 2 * normal(random))),
      observationAt(boxAt(200 + 6 * i, 700)),
    ]);
    const last = runFrames(tracker, frames).at(-1)!.tracks;
    expect(last[0]?.travel).toBe(0);
    expect(last[1]?.travel).toBeGreaterThan(3.5);
    expect(last[1]?.travel).toBeLessThan(4.5);
  });
});
