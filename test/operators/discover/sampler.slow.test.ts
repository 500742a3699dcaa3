import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { Discoverer } from '../../../operators/discover/discoverer.ts';
import { lackingMax, Sampler } from '../../../operators/discover/sampler.ts';
import { CropScheduler } from '../../../operators/track/crop-scheduler.ts';
import type { Track } from '../../../operators/track/track.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import {
  boxAt,
  frameAt,
  embeddingsOfKind,
  normal,
  observationAt,
  trackAt,
  trackedAt,
} from '../track/scene.ts';
import { embeddingAt, stepMs, walker } from './embedded-tracks.ts';

/** One constant embedding per track, of the frame in which it was first seen. */
function constantEmbeddings(kindOf: (id: number) => number) {
  const embeddings = new Map<number, ReturnType<typeof embeddingAt>>();
  return (id: number, timestampMs: number) => {
    const embedding =
      embeddings.get(id) ?? embeddingAt(timestampMs, embeddingsOfKind(kindOf(id), 0.3));
    embeddings.set(id, embedding);
    return embedding;
  };
}

/** Runs frames from 0 on; returns the time of every sample. */
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

describe('Sampler', () => {
  it('samples a moving object a few times, spread over its life', () => {
    const embedding = embeddingAt(0);
    const times = samplesOf(new Discoverer(), 20_000, (nowMs) => [walker(1, nowMs, { embedding })]);
    expect(times).toHaveLength(5);
    expect(Math.min(...times.slice(1).map((time, i) => time - times[i]!))).toBe(800);
  });

  it('takes five samples of a moving object that keeps one identity and one cluster', () => {
    const tracker = new Tracker();
    const scheduler = new CropScheduler();
    const discoverer = new Discoverer();
    const random = seededRandom(8);
    const kind = embeddingsOfKind(5, 0.2);
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
      const observation = observationAt(box, {
        objectness,
        baseClass: names[i % 3]!,
        baseScore: objectness,
      });
      const { tracks, ended } = tracker.update(
        missed ? [] : [observation],
        i * stepMs,
        emptyHead(),
      );
      const tracked = trackedAt(i * stepMs, tracks, ended);
      for (const track of scheduler.plan(tracked)) {
        tracker.setEmbedding(track.id, kind(random), i * stepMs);
        scheduler.settle(true);
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

  it('bounds the samples of a camera in any minute and counts skipped ones', () => {
    const discoverer = new Discoverer({ samplesPerMinute: 7 });
    const embeddingOf = constantEmbeddings((id) => id % 4);
    const times = samplesOf(discoverer, 60_000, (nowMs) =>
      Array.from({ length: 4 }, (_, i) => {
        const id = Math.floor(nowMs / 10_000) * 4 + i;
        return walker(id, nowMs, { embedding: embeddingOf(id, nowMs), hits: 50 });
      }),
    );
    expect(times).toHaveLength(7);
    expect(discoverer.sampler.skipped.rate).toBeGreaterThan(4);
  });

  it('samples a stationary object once, after it has settled', () => {
    const times = samplesOf(new Discoverer(), 30_000, (nowMs) => [
      trackAt(1, boxAt(500, 500), nowMs, {
        embedding: embeddingAt(Math.floor(nowMs / 1000) * 1000),
      }),
    ]);
    expect(times).toEqual([2000]);
  });

  it('gives a question a sample where those of its cluster are used up, and none is asked about', () => {
    const discoverer = new Discoverer();
    const { clusters } = discoverer;
    const latent = embeddingsOfKind(1, 0.1)(seededRandom(1));
    const classes = ['bird', 'kite', 'cup'];
    const sampled: { readonly trackId: number; readonly nowMs: number }[] = [];
    const isAsked = ({ trackId, nowMs }: (typeof sampled)[number]) =>
      clusters.questions.standingOf({ camera: 'test', trackId }, nowMs)?.asked ?? false;
    clusters.questions.hasSamples = () => sampled.some(isAsked);
    // Three people at rest, whom nobody is asked about, and two objects that look alike.
    for (let id = 1; id <= 5; id++) {
      for (let i = 0; i < 50; i++) {
        const nowMs = 1000 + 10_000 * id + i * stepMs;
        const at = boxAt(150 * id, 500);
        const observation = observationAt(at, {
          baseClass: id < 4 ? 'person' : classes[i % 3]!,
          baseScore: 0.2 + i / 1e5,
        });
        const embedding = { latent, timestampMs: Math.floor(nowMs / 1000) * 1000 };
        const facts = { observation, embedding, firstSeenMs: 10_000 * id };
        const track = trackAt(id, at, nowMs, facts);
        const { toSample } = discoverer.update(trackedAt(nowMs, [track]));
        for (const _ of toSample) sampled.push({ trackId: id, nowMs });
      }
      discoverer.update(trackedAt(8000 + 10_000 * id, [], [id]));
    }
    expect(clusters.size).toBe(1);
    expect(clusters.questions.asked).toBe(2);
    expect(sampled.map(({ trackId }) => trackId)).toEqual([1, 2, 3, 4]);
    expect(sampled.map(isAsked)).toEqual([false, false, false, true]);
  });

  it('gives a question that stays without a sample few, not one after the other', () => {
    const discoverer = new Discoverer({ staticSamplesPerCluster: 0 });
    discoverer.clusters.questions.hasSamples = () => false;
    const latent = embeddingsOfKind(1, 0.1)(seededRandom(1));
    const times = samplesOf(discoverer, 60_000, (nowMs) => {
      const embedding = { latent, timestampMs: Math.floor(nowMs / 1000) * 1000 };
      return [trackAt(1, boxAt(500, 500), nowMs, { embedding })];
    });
    expect(times.length).toBeLessThanOrEqual(lackingMax);
    const waits = times.slice(1).map((time, i) => time - times[i]!);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5000);
    expect(discoverer.clusters.questions.asked).toBe(1);
  });

  it('samples an object at rest again, a few times, where its crop shows another one', () => {
    const one = embeddingsOfKind(1, 0.1)(seededRandom(1));
    const kinds = [one, one.map((value) => -value)];
    const times = samplesOf(new Discoverer(), 60_000, (nowMs) => {
      const timestampMs = Math.floor(nowMs / 5000) * 5000;
      const latent = kinds[(timestampMs / 5000) % 2]!;
      const facts = { hits: nowMs / stepMs + 1, embedding: { latent, timestampMs } };
      return [trackAt(1, boxAt(500, 500), nowMs, facts)];
    });
    // From the second change on it is in a cluster that was sampled at this place already.
    expect(times).toEqual([2000, 5000, 10_000, 15_000]);
  });

  it('samples objects that are put down and objects that are picked up', () => {
    const putDown = (nowMs: number) =>
      trackAt(1, boxAt(nowMs < 3000 ? 100 + nowMs / 10 : 400, 500), nowMs, {
        embedding: embeddingAt(0),
      });
    expect(samplesOf(new Discoverer(), 10_000, (nowMs) => [putDown(nowMs)])).toHaveLength(5);
    const embedding = embeddingAt(0);
    const pickedUp = (nowMs: number) =>
      trackAt(1, boxAt(nowMs < 8000 ? 400 : nowMs / 20, 500), nowMs, {
        embedding,
        hits: nowMs / stepMs + 1,
      });
    const times = samplesOf(new Discoverer(), 20_000, (nowMs) => [pickedUp(nowMs)]);
    expect(times[0]).toBe(2000);
    expect(times.slice(1).every((time) => time > 8000)).toBe(true);
    expect(times).toHaveLength(5);
  });

  it('takes few samples of 500 flickering stationary objects in ten minutes', () => {
    // At each of twenty places an object is tracked, lost, and found again under a new id.
    const discoverer = new Discoverer();
    const random = seededRandom(3);
    const embeddingOf = constantEmbeddings((id) => id % 4);
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
          const embedding = embeddingOf(id, firstSeenMs);
          return trackAt(id, at, nowMs, { firstSeenMs, hits, embedding });
        }),
    );
    // Four clusters with three stationary samples each.
    expect(times.length).toBeGreaterThanOrEqual(4);
    expect(times.length).toBeLessThanOrEqual(12);
    expect(discoverer.sampler.places).toBe(20);
  });

  it('takes few samples of 500 different stationary objects at 500 places', () => {
    const discoverer = new Discoverer();
    const embeddingOf = constantEmbeddings((id) => id);
    const times = samplesOf(discoverer, 600_000, (nowMs) => {
      const newest = Math.floor(nowMs / 1200);
      const ids = [newest - 2, newest - 1, newest].filter((candidate) => candidate >= 0);
      return ids.map((id) => {
        const at = boxAt(20 + 40 * (id % 25), 20 + 45 * Math.floor(id / 25), 38);
        const firstSeenMs = id * 1200;
        const embedding = embeddingOf(id, firstSeenMs);
        return trackAt(id, at, nowMs, { firstSeenMs, embedding });
      });
    });
    expect(times.length).toBeLessThanOrEqual(60);
    expect(discoverer.sampler.skipped.staticRate).toBeGreaterThan(100);
    expect(discoverer.clusters.size).toBeLessThanOrEqual(96);
  });

  it('is deterministic', () => {
    const run = () => {
      const discoverer = new Discoverer();
      const random = seededRandom(6);
      return Array.from({ length: 100 }, (_, i) => {
        const embedding = { latent: embeddingsOfKind(i % 7)(random), timestampMs: i * stepMs };
        const tracked = { ...trackedAt(i * stepMs, [walker(i % 5, i * stepMs, { embedding })]) };
        return discoverer.update({ ...tracked, frame: frameAt(i * stepMs) });
      });
    };
    expect(JSON.stringify(run())).toBe(JSON.stringify(run()));
  });
});

describe('a question without a sample', () => {
  const embedding = embeddingAt(0);
  /** Times of the samples of an object at rest whose question has none, in the first minutes. */
  function lackingTimes(minutes: number, lacksAt: (nowMs: number) => boolean): number[] {
    const sampler = new Sampler();
    const times: number[] = [];
    for (let nowMs = 0; nowMs < minutes * 60_000; nowMs += stepMs) {
      const track = trackAt(1, boxAt(400, 500), nowMs, { embedding });
      sampler.observe({ ...track, firstSeenMs: 0 });
      const resting = { ...track, firstSeenMs: 0 };
      if (sampler.trySample(resting, 'c1', nowMs, lacksAt(nowMs))) times.push(nowMs);
    }
    return times;
  }

  it('gets another one where the first could not be made, later and later', () => {
    const times = lackingTimes(10, () => true);
    expect(times).toHaveLength(lackingMax);
    const waits = times.slice(1).map((time, i) => time - times[i]!);
    expect(waits.every((wait, i) => wait >= 5000 * 2 ** i)).toBe(true);
    expect(waits[0]).toBeLessThan(6000);
  });

  it('gets no more once it has one', () => {
    expect(lackingTimes(10, (nowMs) => nowMs < 2500)).toHaveLength(1);
  });
});
