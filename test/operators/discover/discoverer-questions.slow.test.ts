import { describe, expect, it } from 'vitest';
import { Discoverer } from '../../../operators/discover/discoverer.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Track } from '../../../operators/track/track.ts';
import { boxAt, embeddingsOfKind, observationAt, trackAt, trackedAt } from '../track/scene.ts';
import { stepMs } from './embedded-tracks.ts';

describe('Discoverer, questions', () => {
  const box = boxAt(500, 500);
  const classes = ['bird', 'kite', 'cup'];
  const cone = { class: 'cone', score: 0.8, by: 'learned' as const };
  const latent = embeddingsOfKind(1, 0.1)(seededRandom(1));
  const kinds = [latent, latent.map((value) => -value)];

  /** A track that no frame names, with another embedding every second. */
  const trackIn = (i: number, facts: Partial<Track> = {}, kind = 0): Track => {
    const nowMs = 1000 + i * stepMs;
    const observation = observationAt(box, {
      baseClass: classes[i % 3]!,
      baseScore: 0.2 + i / 1e5,
    });
    const timestampMs = Math.floor(nowMs / 1000) * 1000;
    const embedding = { latent: kinds[kind]!, timestampMs };
    return trackAt(1, box, nowMs, { observation, embedding, ...facts });
  };
  const update = (
    discoverer: Discoverer,
    i: number,
    tracks: readonly Track[],
    ended: number[] = [],
  ) => discoverer.update(trackedAt(1000 + i * stepMs, tracks, ended));

  it('are not opened about what is no unknown any more', () => {
    const person = trackAt(2, boxAt(510, 510, 200), 0, {
      recognition: { class: 'person', score: 0.8, by: 'base' },
    });
    const askedOf = (facts: Partial<Track>, others: readonly Track[] = []) => {
      const discoverer = new Discoverer();
      for (let i = 0; i < 5; i++) update(discoverer, i, [trackIn(i)]);
      for (let i = 5; i < 200; i++) update(discoverer, i, [trackIn(i, facts), ...others]);
      return discoverer.clusters.questions.asked;
    };
    expect(askedOf({})).toBe(1);
    expect(askedOf({ recognition: cone })).toBe(0);
    expect(askedOf({}, [person])).toBe(0);
  });

  it('wait for 15 seconds while one about a similar object is open', () => {
    const discoverer = new Discoverer();
    discoverer.clusters.isLikeAsked = () => true;
    const asked = Array.from({ length: 200 }, (_, i) =>
      update(discoverer, i, [trackIn(i, { hits: 20 + i })]).unknowns.some(
        (unknown) => unknown.asked,
      ),
    );
    expect(asked.indexOf(true)).toBeGreaterThanOrEqual(15_000 / stepMs);
    expect(asked.indexOf(true)).toBeLessThan(17_000 / stepMs);
  });

  it('are withdrawn where the object is recognised as one of a learned class', () => {
    const discoverer = new Discoverer();
    for (let i = 0; i < 30; i++) update(discoverer, i, [trackIn(i)]);
    expect(discoverer.clusters.questions).toMatchObject({ asked: 1, withdrawn: 0 });
    for (let i = 30; i < 60; i++) update(discoverer, i, [trackIn(i, { recognition: cone })]);
    expect(discoverer.clusters.questions).toMatchObject({ asked: 1, withdrawn: 1 });
  });

  it('are not counted as withdrawn where they are answered and learned', () => {
    const discoverer = new Discoverer();
    const { clusters } = discoverer;
    for (let i = 0; i < 30; i++) update(discoverer, i, [trackIn(i)]);
    clusters.setState('c1', { kind: 'class', class: 'cone' });
    for (let i = 30; i < 60; i++) update(discoverer, i, [trackIn(i, { recognition: cone })]);
    expect(clusters.questions).toMatchObject({ asked: 1, withdrawn: 0 });
  });

  it.each([0, 8])('take the samples of before, of an object %d pixels a frame fast', (speed) => {
    const discoverer = new Discoverer();
    const { questions } = discoverer.clusters;
    const samples: { readonly nowMs: number; asked: boolean }[] = [];
    questions.hasSamples = () => samples.some(({ asked }) => asked);
    let openedMs = Infinity;
    for (let i = 0; i < 100; i++) {
      const nowMs = 1000 + i * stepMs;
      const at = boxAt(150 + speed * i, 500);
      // Base classes nearly agree, so that it is sampled long before it is asked about.
      const baseClass = i % 3 === 0 ? 'kite' : 'bird';
      const observation = observationAt(at, { baseClass, baseScore: 0.2 + i / 1e5 });
      const { toSample } = update(discoverer, i, [trackIn(i, { box: at, observation })]);
      if (questions.asked > 0) openedMs = Math.min(openedMs, nowMs);
      for (const _ of toSample) samples.push({ nowMs, asked: false });
      // Whoever keeps the samples notes what is asked by now after the frame.
      for (const sample of samples)
        sample.asked =
          questions.standingOf({ camera: 'test', trackId: 1 }, sample.nowMs)?.asked ?? false;
    }
    expect(openedMs).toBeLessThan(8000);
    expect(samples.every(({ asked }) => asked)).toBe(true);
    expect(samples.filter(({ nowMs }) => nowMs >= openedMs)).toEqual([]);
  });

  it('have a sample also where a later crop shows another object at rest', () => {
    const discoverer = new Discoverer();
    const sampled: number[] = [];
    for (let i = 0; i < 100; i++) {
      const nowMs = 1000 + i * stepMs;
      // Both objects are asked about in the end, the second one since 4 seconds.
      const { toSample } = update(discoverer, i, [trackIn(i, {}, nowMs < 4000 ? 0 : 1)]);
      for (const _ of toSample) sampled.push(nowMs);
    }
    const track = { camera: 'test', trackId: 1 };
    const { questions } = discoverer.clusters;
    expect(sampled.map((nowMs) => questions.standingOf(track, nowMs)?.asked)).toEqual([
      ...[undefined, true],
    ]);
  });

  it('count in their cluster until the object turns into another one or leaves', () => {
    const discoverer = new Discoverer();
    const { clusters } = discoverer;
    const noted: [string, boolean][] = [];
    const noteAsked = clusters.noteAsked.bind(clusters);
    clusters.noteAsked = (id, asked) => {
      noted.push([id, asked]);
      noteAsked(id, asked);
    };
    for (let i = 0; i < 30; i++) update(discoverer, i, [trackIn(i)]);
    expect(noted).toEqual([['c1', true]]);
    for (let i = 30; i < 60; i++) update(discoverer, i, [trackIn(i, {}, 1)]);
    update(discoverer, 60, [], [1]);
    expect(noted).toEqual([
      ['c1', true],
      ['c1', false],
      ['c2', true],
      ['c2', false],
    ]);
  });
});
