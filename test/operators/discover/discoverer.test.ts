import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { Discoverer, type DiscovererOptions } from '../../../operators/discover/discoverer.ts';
import { CropScheduler } from '../../../operators/track/crop-scheduler.ts';
import type { Track } from '../../../operators/track/track.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import {
  boxAt,
  frameAt,
  lookKind,
  normal,
  observationAt,
  seeded,
  trackAt,
  trackedAt,
} from '../track/scene.ts';

const stepMs = 100;
const lookRandom = seeded(42);
const lookAt = (timestampMs: number, kind = lookKind(1)) => ({
  latent: kind(lookRandom),
  timestampMs,
});

/** The one look of every track that rests: taken when it was first seen. */
function looksOnce(kindOf: (id: number) => number) {
  const looks = new Map<number, ReturnType<typeof lookAt>>();
  return (id: number, timestampMs: number) => {
    const look = looks.get(id) ?? lookAt(timestampMs, lookKind(kindOf(id), 0.3));
    looks.set(id, look);
    return look;
  };
}

/** A track that walks right by 20 pixels a frame, looked at once a second. */
function walker(id: number, nowMs: number, facts: Partial<Track> = {}): Track {
  const look = facts.embedding ?? lookAt(Math.floor(nowMs / 1000) * 1000);
  const hits = nowMs / stepMs + 1;
  return trackAt(id, boxAt(100 + nowMs / 50, 500), nowMs, { hits, ...facts, embedding: look });
}

/** Frames from 0 on; gives every sample's time. */
function samplesOf(
  discoverer: Discoverer,
  untilMs: number,
  tracksAt: (nowMs: number) => readonly Track[],
): number[] {
  const times: number[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += stepMs) {
    const { toSample } = discoverer.update(trackedAt(nowMs, tracksAt(nowMs)));
    for (const _ of toSample) times.push(nowMs);
  }
  return times;
}

describe('Discoverer: who is unknown', () => {
  const isUnknown = (facts: Partial<Track>, others: readonly Track[] = []) => {
    const discoverer = new Discoverer();
    const track = trackAt(1, boxAt(500, 500), 600, { embedding: lookAt(500), ...facts });
    return discoverer.update(trackedAt(600, [track, ...others])).unknowns.length > 0;
  };
  const person = { class: 'person', score: 0.8, by: 'base' as const };
  const cone = { class: 'cone', score: 0.8, by: 'learned' as const };

  it('is a held, seen, confirmed track with a look and without a name', () => {
    expect(isUnknown({})).toBe(true);
    expect(isUnknown({ name: person })).toBe(false);
    expect(isUnknown({ name: cone })).toBe(false);
    expect(isUnknown({ confirmed: false })).toBe(false);
    expect(isUnknown({ observation: null, missed: 1 })).toBe(false);
    expect(isUnknown({ embedding: null })).toBe(false);
    expect(isUnknown({ fragment: true })).toBe(false);
    expect(isUnknown({ firstSeenMs: 1 })).toBe(false);
    expect(isUnknown({ hits: 4 })).toBe(false);
    expect(isUnknown({ objectness: 0.19 })).toBe(false);
  });

  it('may have a base name, where names of so small a share are doubted', () => {
    const isDoubted = (options: Partial<DiscovererOptions>, name: Track['name'] = person) => {
      const facts = { name, baseShare: 0.25, look: lookAt(500) };
      const track = trackAt(1, boxAt(500, 500), 600, facts);
      return new Discoverer(options).update(trackedAt(600, [track])).unknowns.length > 0;
    };
    expect(isDoubted({})).toBe(false);
    expect(isDoubted({ doubtShare: 0.3 })).toBe(true);
    expect(isDoubted({ doubtShare: 0.2 })).toBe(false);
    expect(isDoubted({ doubtShare: 0.3 }, cone)).toBe(false);
  });

  it('is neither a speck nor a wall', () => {
    expect(isUnknown({ box: boxAt(500, 500, 22) })).toBe(false);
    expect(isUnknown({ box: boxAt(500, 500, 23) })).toBe(true);
    expect(isUnknown({ box: boxAt(500, 500, 1000, 501) })).toBe(false);
  });

  it('is no part of something that has a name, but may lie on a table', () => {
    const round = boxAt(510, 510, 200);
    expect(isUnknown({}, [trackAt(2, round, 600, { name: person })])).toBe(false);
    expect(isUnknown({}, [trackAt(2, boxAt(590, 500, 200), 600, { name: person })])).toBe(true);
    const table = { class: 'dining table', score: 0.8, by: 'base' as const };
    expect(isUnknown({}, [trackAt(2, round, 600, { name: table })])).toBe(true);
    const wall = boxAt(500, 500, 1000, 600);
    expect(isUnknown({}, [trackAt(2, wall, 600, { name: person })])).toBe(true);
    expect(isUnknown({}, [trackAt(2, round, 600)])).toBe(true);
    const fleeting = { name: person, confirmed: false };
    expect(isUnknown({}, [trackAt(2, round, 600, fleeting)])).toBe(true);
  });

  it('is not what flickers', () => {
    const discoverer = new Discoverer();
    const seen: number[] = [];
    for (let i = 0; i < 60; i++) {
      const observed = i % 3 === 0;
      const box = boxAt(500, 500);
      const track = trackAt(1, box, i * stepMs, {
        hits: 3 + Math.floor(i / 3),
        missed: i % 3,
        observation: observed ? observationAt(box) : null,
        embedding: lookAt(0),
      });
      seen.push(discoverer.update(trackedAt(i * stepMs, [track])).unknowns.length);
    }
    expect(seen.slice(20).every((count) => count === 0)).toBe(true);
  });

  it('has its novelty by distance once enough is known', () => {
    const discoverer = new Discoverer();
    const named = (id: number, kind: number) =>
      trackAt(id, boxAt(100, 100), 0, {
        name: { ...person, class: `kind ${kind}` },
        embedding: lookAt(0, lookKind(kind, 0.3)),
      });
    for (let id = 10; id < 70; id++) discoverer.update(trackedAt(0, [named(id, 50 + (id % 3))]));
    const [strange] = discoverer.update(
      trackedAt(700, [trackAt(1, boxAt(500, 500), 700, { embedding: lookAt(600, lookKind(99)) })]),
    ).unknowns;
    const [known] = discoverer.update(
      trackedAt(700, [trackAt(2, boxAt(500, 500), 700, { embedding: lookAt(600, lookKind(51, 0.3)) })]),
    ).unknowns;
    expect(strange?.novelty).toBeGreaterThan(0.9);
    expect(known?.novelty).toBeLessThan(0.6);
  });
});

describe('Discoverer: what people say', () => {
  it('is silent about whatever looks like a dismissed cluster, until that is taken back', () => {
    const discoverer = new Discoverer();
    const count = (id: number, nowMs: number) =>
      discoverer.update(trackedAt(nowMs, [walker(id, nowMs)])).unknowns.length;
    const id = discoverer.update(trackedAt(1000, [walker(1, 1000)])).unknowns[0]!.clusterId;
    expect(discoverer.dismiss(id)).toBe(true);
    expect(count(1, 1100)).toBe(0);
    expect(count(2, 1200)).toBe(0);
    expect(discoverer.restore(id)).toBe(true);
    expect(count(2, 1300)).toBe(1);
  });

  it('remembers the name of a cluster and goes on reporting its tracks', () => {
    const discoverer = new Discoverer();
    const [first] = discoverer.update(trackedAt(1000, [walker(1, 1000)])).unknowns;
    expect(discoverer.named(first!.clusterId, 'cone')).toBe(true);
    const [again] = discoverer.update(trackedAt(1100, [walker(2, 1100)])).unknowns;
    expect(again?.clusterId).toBe(first?.clusterId);
    expect(discoverer.clusters.stateOf(again!.clusterId)).toEqual({ kind: 'class', class: 'cone' });
    expect(discoverer.dismiss('c99')).toBe(false);
  });
});

describe('Discoverer: what is sampled', () => {
  it('samples a mover a few times, spread over its life', () => {
    const look = lookAt(0);
    const times = samplesOf(new Discoverer(), 20_000, (nowMs) => [walker(1, nowMs, { embedding: look })]);
    expect(times).toHaveLength(5);
    expect(Math.min(...times.slice(1).map((time, i) => time - times[i]!))).toBe(800);
  });

  it('gives one moving object of 300 frames one identity, one cluster and five samples at most', () => {
    const tracker = new Tracker();
    const planner = new CropScheduler();
    const discoverer = new Discoverer();
    const random = seeded(8);
    const kind = lookKind(5, 0.2);
    const names = ['kite', 'bird', 'frisbee'];
    const ids = new Set<number>();
    const clusters = new Set<string>();
    let samples = 0;
    for (let i = 0; i < 300; i++) {
      const noise = () => 3 * normal(random);
      const x = 500 + 350 * Math.sin(i / 40);
      const box: Box = boxAt(x + noise(), 500 + 150 * Math.sin(i / 25) + noise(), 90 + noise());
      const missed = random() < 0.1;
      const objectness = 0.25 + 0.3 * random();
      const seen = observationAt(box, {
        objectness,
        baseClass: names[i % 3]!,
        baseScore: objectness,
      });
      const { tracks, ended } = tracker.update(missed ? [] : [seen], i * stepMs, emptyHead());
      const tracked = trackedAt(i * stepMs, tracks, ended);
      for (const track of planner.plan(tracked)) {
        tracker.setLook(track.id, kind(random), i * stepMs);
        planner.answered(true);
      }
      const { unknowns, toSample } = discoverer.update(tracked);
      for (const { id } of tracks) ids.add(id);
      for (const { clusterId } of unknowns) clusters.add(clusterId);
      samples += toSample.length;
    }
    expect([...ids]).toEqual([1]);
    expect([...clusters]).toEqual(['c1']);
    expect(samples).toBe(5);
  });

  it('bounds the samples of a camera in any minute and counts what it left out', () => {
    const discoverer = new Discoverer({ samplesPerMinute: 7 });
    const lookOf = looksOnce((id) => id % 4);
    const times = samplesOf(discoverer, 60_000, (nowMs) =>
      Array.from({ length: 4 }, (_, i) => {
        const id = Math.floor(nowMs / 10_000) * 4 + i;
        return walker(id, nowMs, { embedding: lookOf(id, nowMs), hits: 50 });
      }),
    );
    expect(times).toHaveLength(7);
    expect(discoverer.sampler.skipped.rate).toBeGreaterThan(4);
  });

  it('waits to see whether a thing rests, then offers it once', () => {
    const times = samplesOf(new Discoverer(), 30_000, (nowMs) => [
      trackAt(1, boxAt(500, 500), nowMs, { embedding: lookAt(Math.floor(nowMs / 1000) * 1000) }),
    ]);
    expect(times).toEqual([2000]);
  });

  it('offers what was carried in and put down, and samples what rested and then moves', () => {
    const putDown = (nowMs: number) =>
      trackAt(1, boxAt(nowMs < 3000 ? 100 + nowMs / 10 : 400, 500), nowMs, { embedding: lookAt(0) });
    expect(samplesOf(new Discoverer(), 10_000, (nowMs) => [putDown(nowMs)])).toHaveLength(5);
    const look = lookAt(0);
    const pickedUp = (nowMs: number) =>
      trackAt(1, boxAt(nowMs < 8000 ? 400 : nowMs / 20, 500), nowMs, {
        embedding: look,
        hits: nowMs / stepMs + 1,
      });
    const times = samplesOf(new Discoverer(), 20_000, (nowMs) => [pickedUp(nowMs)]);
    expect(times[0]).toBe(2000);
    expect(times.slice(1).every((time) => time > 8000)).toBe(true);
    expect(times).toHaveLength(5);
  });

  it('is not flooded by 500 flickering things at rest in ten minutes', () => {
    // Twenty places, each a thing that is found for a while, lost, and found again under a new id.
    const discoverer = new Discoverer();
    const random = seeded(3);
    const lookOf = looksOnce((id) => id % 4);
    const times = samplesOf(discoverer, 600_000, (nowMs) =>
      Array.from({ length: 20 }, (_, place) => ({ place, phase: (nowMs + place * 1200) % 24_000 }))
        .filter(({ phase }) => phase < 16_000)
        .map(({ place, phase }) => {
          const id = place + 20 * Math.floor((nowMs + place * 1200) / 24_000);
          const at = boxAt(
            100 + 200 * (place % 5) + 4 * normal(random),
            100 + 250 * Math.floor(place / 5) + 4 * normal(random),
          );
          const firstSeenMs = nowMs - phase;
          const hits = 3 + phase / stepMs;
          const look = lookOf(id, firstSeenMs);
          return trackAt(id, at, nowMs, { firstSeenMs, hits, embedding: look });
        }),
    );
    // Four kinds, and each may offer three things at rest.
    expect(times.length).toBeGreaterThanOrEqual(4);
    expect(times.length).toBeLessThanOrEqual(12);
    expect(discoverer.sampler.places).toBe(20);
  });

  it('is not flooded by 500 different things at 500 places either', () => {
    const discoverer = new Discoverer();
    const lookOf = looksOnce((id) => id);
    const times = samplesOf(discoverer, 600_000, (nowMs) => {
      const id = Math.floor(nowMs / 1200);
      const ids = [id - 2, id - 1, id].filter((each) => each >= 0);
      return ids.map((each) => {
        const at = boxAt(20 + 40 * (each % 25), 20 + 45 * Math.floor(each / 25), 38);
        const firstSeenMs = each * 1200;
        const look = lookOf(each, firstSeenMs);
        return trackAt(each, at, nowMs, { firstSeenMs, embedding: look });
      });
    });
    expect(times.length).toBeLessThanOrEqual(60);
    expect(discoverer.sampler.skipped.staticRate).toBeGreaterThan(100);
    expect(discoverer.clusters.size).toBeLessThanOrEqual(96);
  });

  it('gives the same answer for the same frames', () => {
    const run = () => {
      const discoverer = new Discoverer();
      const random = seeded(6);
      return Array.from({ length: 100 }, (_, i) => {
        const look = { latent: lookKind(i % 7)(random), timestampMs: i * stepMs };
        const tracked = { ...trackedAt(i * stepMs, [walker(i % 5, i * stepMs, { embedding: look })]) };
        return discoverer.update({ ...tracked, frame: frameAt(i * stepMs) });
      });
    };
    expect(JSON.stringify(run())).toBe(JSON.stringify(run()));
  });
});
