import { describe, expect, it } from 'vitest';
import type { Track } from '../../../operators/track/track.ts';
import {
  CropScheduler,
  type CropSchedulerOptions,
} from '../../../operators/track/crop-scheduler.ts';
import { boxAt, trackAt, trackedAt } from './scene.ts';

/** An ample budget, so that only the reasons decide. */
const ample: Partial<CropSchedulerOptions> = {
  cropsPerFrame: 9,
  cropsPerFrameMean: 9,
  pendingMax: 99,
};

/** Plans a frame and settles its requests at once. */
function plan(scheduler: CropScheduler, nowMs: number, tracks: readonly Track[]): number[] {
  const ids = scheduler.plan(trackedAt(nowMs, tracks)).map(({ id }) => id);
  for (const _ of ids) scheduler.settle(true);
  return ids;
}

const box = boxAt(500, 500);
const base = (score: number): Partial<Track> => ({
  recognition: { class: 'person', score, by: 'base' },
});

describe('CropScheduler', () => {
  it('selects only tracks that are confirmed, visible and large enough', () => {
    const scheduler = new CropScheduler(ample);
    const tracks = [
      trackAt(1, box, 0, { confirmed: false }),
      trackAt(2, box, 0, { observation: null, missed: 1 }),
      trackAt(3, boxAt(500, 500, 200, 11), 0),
      trackAt(4, boxAt(500, 500, 200, 12), 0),
    ];
    expect(plan(scheduler, 0, tracks)).toEqual([4]);
  });

  it('repeats the crop of a stationary track after a second, then at growing intervals', () => {
    const scheduler = new CropScheduler(ample);
    const croppedMs: number[] = [];
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 100) {
      if (plan(scheduler, nowMs, [trackAt(1, box, nowMs)]).length > 0) croppedMs.push(nowMs);
    }
    expect(croppedMs).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 47_000]);
  });

  it('crops a fragment last and once, unless it is promising', () => {
    const tight = new CropScheduler({ ...ample, cropsPerFrame: 1 });
    const fragment = { fragment: true, travel: 1 };
    const both = [trackAt(1, box, 0, fragment), trackAt(2, box, 0)];
    expect(plan(tight, 0, both)).toEqual([2]);
    expect(plan(tight, 100, both)).toEqual([1]);

    const scheduler = new CropScheduler(ample);
    plan(scheduler, 0, [trackAt(1, box, 0, fragment)]);
    const later = { ...fragment, travel: 2 };
    expect(plan(scheduler, 1000, [trackAt(1, box, 1000, later)])).toEqual([]);
    const promising = { ...later, promising: true };
    expect(plan(scheduler, 1000, [trackAt(1, box, 1000, promising)])).toEqual([1]);
  });

  it('crops a moving track every second', () => {
    const scheduler = new CropScheduler(ample);
    const croppedMs: number[] = [];
    for (let nowMs = 0; nowMs <= 5000; nowMs += 100) {
      const track = trackAt(1, box, nowMs, { travel: nowMs / 1000 });
      if (plan(scheduler, nowMs, [track]).length > 0) croppedMs.push(nowMs);
    }
    expect(croppedMs).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  });

  it('crops a track early if its box grew or shrank by half', () => {
    const scheduler = new CropScheduler(ample);
    plan(scheduler, 0, [trackAt(1, box, 0)]);
    expect(plan(scheduler, 400, [trackAt(1, boxAt(500, 500, 145), 400)])).toEqual([]);
    expect(plan(scheduler, 500, [trackAt(1, boxAt(500, 500, 151), 500)])).toEqual([1]);
    expect(plan(scheduler, 900, [trackAt(1, box, 900)])).toEqual([1]);
  });

  it('crops a track again as it comes in, and once the edge no longer cuts it', () => {
    const scheduler = new CropScheduler(ample);
    const croppedMs: number[] = [];
    for (let nowMs = 0; nowMs < 1000; nowMs += 100) {
      // Shown in parts of 20 to 100 pixels, then as a whole, moving to the right.
      const right = 20 + nowMs / 5;
      const shown = trackAt(1, [Math.max(0, right - 100), 400, right, 500], nowMs);
      if (plan(scheduler, nowMs, [shown]).length > 0) croppedMs.push(nowMs);
    }
    // Shown by 20, 40, 60 and 100 pixels, then away from the edge by ten.
    expect(croppedMs).toEqual([0, 200, 400, 500]);
  });

  it('does not repeat the crop of a track that stays cut', () => {
    const scheduler = new CropScheduler(ample);
    const cut = boxAt(20, 500);
    plan(scheduler, 0, [trackAt(1, cut, 0)]);
    for (let nowMs = 100; nowMs < 1000; nowMs += 100) {
      expect(plan(scheduler, nowMs, [trackAt(1, cut, nowMs)])).toEqual([]);
    }
  });

  it('crops a moving track once it parted from another one, or is found again', () => {
    const near = boxAt(540, 500);
    /** Times of the crops of a moving track that is beside another one, or missed, for a while. */
    const cropsOf = (from: number, until: number, facts: Partial<Track> | null) => {
      const scheduler = new CropScheduler(ample);
      const croppedMs: number[] = [];
      for (let nowMs = 0; nowMs < 1500; nowMs += 100) {
        const during = nowMs >= from && nowMs < until;
        const own = { travel: nowMs / 100, ...(during && facts === null ? lost : {}) };
        const other = trackAt(2, during ? near : boxAt(100, 100), nowMs, facts ?? {});
        if (plan(scheduler, nowMs, [trackAt(1, box, nowMs, own), other]).includes(1)) {
          croppedMs.push(nowMs);
        }
      }
      return croppedMs;
    };
    const lost: Partial<Track> = { missed: 1, observation: null };
    expect(cropsOf(600, 700, {})).toEqual([0, 700]);
    expect(cropsOf(100, 200, {})).toEqual([0, 400, 1400]);
    expect(cropsOf(0, 300, {})).toEqual([0, 400, 1400]);
    expect(cropsOf(0, 1500, {})).toEqual([0, 1000]);
    expect(cropsOf(600, 700, null)).toEqual([0, 700]);
    expect(cropsOf(600, 700, { fragment: true })).toEqual([0, 1000]);
  });

  it.each([5, 10])('crops all in turn at %d fps, while two overlap for ever', (fps) => {
    for (const promising of [false, true]) {
      const scheduler = new CropScheduler();
      const crops = new Map<number, number>();
      for (let i = 0; i < 60 * fps; i++) {
        const nowMs = (i * 1000) / fps;
        const moves = { travel: i };
        const tracks = [
          trackAt(1, box, nowMs, { ...moves, promising }),
          trackAt(2, boxAt(550, 500), nowMs, { ...moves, promising }),
          trackAt(3, boxAt(100, 100), nowMs, moves),
          trackAt(4, boxAt(100, 800), nowMs, moves),
          // Comes when the budgets are used up.
          ...(nowMs >= 20_000 ? [trackAt(5, boxAt(800, 100), nowMs, moves)] : []),
        ];
        const ids = plan(scheduler, nowMs, tracks);
        if (ids.includes(5) && !crops.has(5)) expect(nowMs).toBeLessThan(21_000);
        for (const id of ids) crops.set(id, (crops.get(id) ?? 0) + 1);
      }
      const [one, , other, another, late] = [1, 2, 3, 4, 5].map((id) => crops.get(id) ?? 0);
      expect(Math.min(other!, another!)).toBeGreaterThan(0.8 * one!);
      expect(late).toBeGreaterThan(0.5 * one!);
    }
  });

  it('crops a known track again as a whole, once', () => {
    const scheduler = new CropScheduler(ample);
    const known = (left: number, nowMs: number) => {
      return trackAt(1, [left, 400, left + 100, 500], nowMs, { ...base(0.6), travel: nowMs });
    };
    expect(plan(scheduler, 0, [known(0, 0)])).toEqual([1]);
    for (const left of [5, 15]) expect(plan(scheduler, 500, [known(left, 500)])).toEqual([]);
    expect(plan(scheduler, 6000, [known(25, 6000)])).toEqual([1]);
    expect(plan(scheduler, 90_000, [known(300, 90_000)])).toEqual([]);
  });

  it('crops an object whose box jitters about the edge hardly more often than others', () => {
    const scheduler = new CropScheduler(ample);
    let crops = 0;
    for (let i = 0; i < 1200; i++) {
      const left = i % 3 === 0 ? 25 : 5;
      crops += plan(scheduler, i * 100, [trackAt(1, [left, 400, 100, 500], i * 100)]).length;
    }
    expect(crops).toBeLessThan(25);
  });

  it('crops a known track once, and one below the known score like any other', () => {
    const scheduler = new CropScheduler(ample);
    const crops = { known: 0, other: 0 };
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 500) {
      const travel = nowMs / 1000;
      const ids = plan(scheduler, nowMs, [
        trackAt(1, box, nowMs, { ...base(0.5), travel }),
        trackAt(2, boxAt(200, 200), nowMs, { ...base(0.49), travel }),
      ]);
      if (ids.includes(1)) crops.known++;
      if (ids.includes(2)) crops.other++;
    }
    expect(crops).toEqual({ known: 1, other: 11 });
  });

  it('bounds the crops of known tracks per minute', () => {
    const scheduler = new CropScheduler({ ...ample, knownCropsPerMinute: 6 });
    let crops = 0;
    for (let i = 0; i < 600; i++) {
      crops += plan(scheduler, i * 200, [trackAt(i + 1, box, i * 200, base(0.9))]).length;
    }
    // One to begin with and six in each of two minutes.
    expect(crops).toBeGreaterThanOrEqual(12);
    expect(crops).toBeLessThanOrEqual(13);
  });

  it('puts new unrecognised tracks first, then known ones, then repeated crops', () => {
    const scheduler = new CropScheduler({ ...ample, cropsPerFrame: 1 });
    plan(scheduler, 0, [trackAt(1, box, 0)]);
    const tracks = [trackAt(3, box, 2000, base(0.9)), trackAt(1, box, 2000), trackAt(2, box, 2000)];
    expect(plan(scheduler, 2000, tracks)).toEqual([2]);
    expect(scheduler.skipped).toBe(2);
    expect(plan(scheduler, 2100, tracks)).toEqual([3]);
    expect(plan(scheduler, 2200, tracks)).toEqual([1]);
  });

  it('selects at most two tracks per frame, and none while too many requests are pending', () => {
    const scheduler = new CropScheduler({ cropsPerFrameMean: 9, pendingMax: 3 });
    const tracks = Array.from({ length: 6 }, (_, i) => trackAt(i + 1, box, 0));
    expect(scheduler.plan(trackedAt(0, tracks))).toHaveLength(2);
    expect(scheduler.plan(trackedAt(100, tracks))).toHaveLength(1);
    expect(scheduler.plan(trackedAt(200, tracks))).toHaveLength(0);
    scheduler.settle(false);
    expect(scheduler.plan(trackedAt(300, tracks))).toHaveLength(1);
    expect([scheduler.requested, scheduler.failed, scheduler.pending]).toEqual([4, 1, 3]);
    expect(scheduler.skipped).toBe(4 + 3 + 3 + 2);
  });

  it('keeps the average number of crops per frame under any demand', () => {
    const scheduler = new CropScheduler({ cropsPerFrameMean: 0.1, cropsSavedMax: 5 });
    let crops = 0;
    for (let i = 0; i < 1000; i++) {
      const tracks = Array.from({ length: 5 }, (_, k) => trackAt(5 * i + k, box, i * 100));
      crops += plan(scheduler, i * 100, tracks).length;
    }
    expect(crops).toBeGreaterThanOrEqual(100);
    expect(crops).toBeLessThanOrEqual(105);
  });

  it('crops promising tracks first and from a budget of their own', () => {
    const scheduler = new CropScheduler({
      cropsPerFrameMean: 0.1,
      promisingCropsPerFrameMean: 0.1,
      cropsSavedMax: 5,
    });
    const crops = { promising: 0, other: 0 };
    for (let i = 0; i < 1000; i++) {
      const tracks = Array.from({ length: 6 }, (_, k) =>
        trackAt(6 * i + k, box, i * 100, { promising: k === 5 }),
      );
      for (const id of plan(scheduler, i * 100, tracks))
        crops[id % 6 === 5 ? 'promising' : 'other']++;
    }
    // The first five of each were saved up.
    for (const count of [crops.promising, crops.other]) {
      expect(count).toBeGreaterThanOrEqual(99);
      expect(count).toBeLessThanOrEqual(106);
    }
    const tight = new CropScheduler({ ...ample, cropsPerFrame: 1 });
    plan(tight, 0, [trackAt(1, box, 0)]);
    const later = [
      trackAt(1, box, 2000, { promising: true }),
      trackAt(2, box, 2000),
      trackAt(3, box, 2000, { promising: true }),
      trackAt(4, box, 2000, { promising: true, fragment: true }),
    ];
    expect([0, 1, 2, 3].map((i) => plan(tight, 2000 + i, later)[0])).toEqual([3, 2, 1, 4]);
  });

  it('forgets tracks that ended', () => {
    const scheduler = new CropScheduler(ample);
    plan(scheduler, 0, [trackAt(1, box, 0)]);
    scheduler.plan(trackedAt(100, [], [1]));
    expect(plan(scheduler, 200, [trackAt(1, box, 200)])).toEqual([1]);
  });
});
