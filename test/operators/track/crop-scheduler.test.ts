import { describe, expect, it } from 'vitest';
import type { Track } from '../../../operators/track/track.ts';
import {
  CropScheduler,
  type CropSchedulerOptions,
} from '../../../operators/track/crop-scheduler.ts';
import { boxAt, trackAt, trackedAt } from './scene.ts';

/** Plenty of budget: what is left is who deserves a look. */
const rich: Partial<CropSchedulerOptions> = {
  cropsPerFrame: 9,
  cropsPerFrameMean: 9,
  pendingMax: 99,
};

/** Plans a frame and answers at once. */
function plan(planner: CropScheduler, nowMs: number, tracks: readonly Track[]): number[] {
  const ids = planner.plan(trackedAt(nowMs, tracks)).map(({ id }) => id);
  for (const _ of ids) planner.answered(true);
  return ids;
}

const box = boxAt(500, 500);
const base = (score: number) => ({ name: { class: 'person', score, by: 'base' as const } });

describe('LookPlanner', () => {
  it('looks only at what is confirmed, seen in this frame and large enough', () => {
    const planner = new CropScheduler(rich);
    const tracks = [
      trackAt(1, box, 0, { confirmed: false }),
      trackAt(2, box, 0, { observation: null, missed: 1 }),
      trackAt(3, boxAt(500, 500, 200, 11), 0),
      trackAt(4, boxAt(500, 500, 200, 12), 0),
    ];
    expect(plan(planner, 0, tracks)).toEqual([4]);
  });

  it('looks again after a second, and ever more rarely at what rests', () => {
    const planner = new CropScheduler(rich);
    const asked: number[] = [];
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 100) {
      if (plan(planner, nowMs, [trackAt(1, box, nowMs)]).length > 0) asked.push(nowMs);
    }
    expect(asked).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 47_000]);
  });

  it('looks at a fragment last and once, unless its peak promises a learned class', () => {
    const spare = new CropScheduler({ ...rich, cropsPerFrame: 1 });
    const fragment = { fragment: true, travel: 1 };
    const both = [trackAt(1, box, 0, fragment), trackAt(2, box, 0)];
    expect(plan(spare, 0, both)).toEqual([2]);
    expect(plan(spare, 100, both)).toEqual([1]);

    const planner = new CropScheduler(rich);
    plan(planner, 0, [trackAt(1, box, 0, fragment)]);
    const later = { ...fragment, travel: 2 };
    expect(plan(planner, 1000, [trackAt(1, box, 1000, later)])).toEqual([]);
    const promising = { ...later, promising: true };
    expect(plan(planner, 1000, [trackAt(1, box, 1000, promising)])).toEqual([1]);
  });

  it('keeps looking every second at what moves', () => {
    const planner = new CropScheduler(rich);
    const asked: number[] = [];
    for (let nowMs = 0; nowMs <= 5000; nowMs += 100) {
      const track = trackAt(1, box, nowMs, { travel: nowMs / 1000 });
      if (plan(planner, nowMs, [track]).length > 0) asked.push(nowMs);
    }
    expect(asked).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  });

  it('looks again early where the box grew or shrank by half', () => {
    const planner = new CropScheduler(rich);
    plan(planner, 0, [trackAt(1, box, 0)]);
    expect(plan(planner, 400, [trackAt(1, boxAt(500, 500, 145), 400)])).toEqual([]);
    expect(plan(planner, 500, [trackAt(1, boxAt(500, 500, 151), 500)])).toEqual([1]);
    expect(plan(planner, 900, [trackAt(1, box, 900)])).toEqual([1]);
  });

  it('looks once at what the base model is sure of, and as often as at others where it is not', () => {
    const planner = new CropScheduler(rich);
    const asked = { sure: 0, unsure: 0 };
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 500) {
      const travel = nowMs / 1000;
      const ids = plan(planner, nowMs, [
        trackAt(1, box, nowMs, { ...base(0.5), travel }),
        trackAt(2, box, nowMs, { ...base(0.49), travel }),
      ]);
      if (ids.includes(1)) asked.sure++;
      if (ids.includes(2)) asked.unsure++;
    }
    expect(asked).toEqual({ sure: 1, unsure: 11 });
  });

  it('bounds the looks at known objects a minute', () => {
    const planner = new CropScheduler({ ...rich, knownCropsPerMinute: 6 });
    let asked = 0;
    for (let i = 0; i < 600; i++) {
      asked += plan(planner, i * 200, [trackAt(i + 1, box, i * 200, base(0.9))]).length;
    }
    // One to begin with and six in each of two minutes.
    expect(asked).toBeGreaterThanOrEqual(12);
    expect(asked).toBeLessThanOrEqual(13);
  });

  it('puts new unknowns first, then samples of known ones, then second looks', () => {
    const planner = new CropScheduler({ ...rich, cropsPerFrame: 1 });
    plan(planner, 0, [trackAt(1, box, 0)]);
    const tracks = [trackAt(3, box, 2000, base(0.9)), trackAt(1, box, 2000), trackAt(2, box, 2000)];
    expect(plan(planner, 2000, tracks)).toEqual([2]);
    expect(planner.skipped).toBe(2);
    expect(plan(planner, 2100, tracks)).toEqual([3]);
    expect(plan(planner, 2200, tracks)).toEqual([1]);
  });

  it('asks for two a frame at most, and for none while too many are unanswered', () => {
    const planner = new CropScheduler({ cropsPerFrameMean: 9, pendingMax: 3 });
    const tracks = Array.from({ length: 6 }, (_, i) => trackAt(i + 1, box, 0));
    expect(planner.plan(trackedAt(0, tracks))).toHaveLength(2);
    expect(planner.plan(trackedAt(100, tracks))).toHaveLength(1);
    expect(planner.plan(trackedAt(200, tracks))).toHaveLength(0);
    planner.answered(false);
    expect(planner.plan(trackedAt(300, tracks))).toHaveLength(1);
    expect(planner).toMatchObject({ asked: 4, failed: 1, outstanding: 3, skipped: 4 + 3 + 3 + 2 });
  });

  it('keeps to its mean in the long run, whatever is asked of it', () => {
    const planner = new CropScheduler({ cropsPerFrameMean: 0.1, cropsSavedMax: 5 });
    let asked = 0;
    for (let i = 0; i < 1000; i++) {
      const tracks = Array.from({ length: 5 }, (_, k) => trackAt(5 * i + k, box, i * 100));
      asked += plan(planner, i * 100, tracks).length;
    }
    expect(asked).toBeGreaterThanOrEqual(100);
    expect(asked).toBeLessThanOrEqual(105);
  });

  it('looks first, and on a budget of its own, at what promises a learned class', () => {
    const planner = new CropScheduler({
      ...{ cropsPerFrameMean: 0.1, promisingCropsPerFrameMean: 0.1, cropsSavedMax: 5 },
    });
    const asked = { promising: 0, other: 0 };
    for (let i = 0; i < 1000; i++) {
      const tracks = Array.from({ length: 6 }, (_, k) =>
        trackAt(6 * i + k, box, i * 100, { promising: k === 5 }),
      );
      for (const id of plan(planner, i * 100, tracks))
        asked[id % 6 === 5 ? 'promising' : 'other']++;
    }
    // The first five of each were saved up.
    for (const count of [asked.promising, asked.other]) {
      expect(count).toBeGreaterThanOrEqual(99);
      expect(count).toBeLessThanOrEqual(106);
    }
    const fresh = new CropScheduler({ ...rich, cropsPerFrame: 1 });
    plan(fresh, 0, [trackAt(1, box, 0)]);
    const late = [trackAt(2, box, 2000), trackAt(1, box, 2000, { promising: true })];
    expect(plan(fresh, 2000, late)).toEqual([1]);
  });

  it('forgets tracks that ended', () => {
    const planner = new CropScheduler(rich);
    plan(planner, 0, [trackAt(1, box, 0)]);
    planner.plan(trackedAt(100, [], [1]));
    expect(plan(planner, 200, [trackAt(1, box, 200)])).toEqual([1]);
  });
});
