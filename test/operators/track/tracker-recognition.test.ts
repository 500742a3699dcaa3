import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import {
  boxAt,
  boxShift,
  headOf,
  latentOf,
  noHead,
  observationAt,
  runFrames,
  stepMs,
  stillFrames,
} from './scene.ts';

describe('Tracker, what names a track', () => {
  const at = (dense: number, objectness = 0.6) => [
    observationAt(boxAt(500, 500), { latent: latentOf(dense), objectness }),
  ];

  it('recognises a base class by its smoothed score, not by a single frame', () => {
    const tracker = new Tracker();
    const dim = { baseScore: 0.25 };
    const frames = [
      ...stillFrames(10, dim),
      ...stillFrames(1, { baseScore: 0.7 }),
      ...stillFrames(1, dim),
    ];
    expect(runFrames(tracker, frames).every(({ tracks }) => tracks[0]?.recognition === null)).toBe(
      true,
    );
    const bright = runFrames(tracker, stillFrames(10, { baseScore: 0.7 }), 2000).at(-1)?.tracks[0]
      ?.recognition;
    expect(bright).toMatchObject({ class: 'kite', by: 'base' });
  });

  it('smooths the hottest base class’s share of the heat', () => {
    const tracker = new Tracker();
    runFrames(tracker, stillFrames(10, { baseShare: 0.2 }));
    const [first, ...rest] = runFrames(tracker, stillFrames(30, { baseShare: 0.8 }), 1000).map(
      ({ tracks }) => tracks[0]!.baseShare,
    );
    expect(first).toBeGreaterThan(0.2);
    expect(first).toBeLessThan(0.4);
    expect(rest.at(-1)).toBeCloseTo(0.8, 1);
    expect(
      runFrames(new Tracker(), stillFrames(1, { baseShare: 0.3 }))[0]!.tracks[0]!.baseShare,
    ).toBe(0.3);
  });

  it('keeps a recognised class whose score falls slightly', () => {
    const tracker = new Tracker();
    runFrames(tracker, stillFrames(10, { baseScore: 0.4 }));
    const sunk = runFrames(tracker, stillFrames(20, { baseScore: 0.3 }), 1000).at(-1)?.tracks[0];
    expect(sunk?.recognition).toMatchObject({ class: 'kite', by: 'base' });
    const gone = runFrames(tracker, stillFrames(20, { baseScore: 0.2 }), 3000).at(-1)?.tracks[0];
    expect(gone?.recognition).toBeNull();
  });

  it('rescores every track in the frame that changes the head', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 10; i++) tracker.update(at(0.9), i * stepMs, noHead);
    const swapped = tracker.update(at(0.9), 1000, headOf('cone', 1, { crop: false })).tracks[0];
    expect(swapped?.recognition).toEqual({
      class: 'cone',
      score: expect.closeTo(0.9, 5),
      by: 'learned',
    });
    const rolledBack = tracker.update(at(0.9), 1100, noHead).tracks[0];
    expect(rolledBack?.recognition).toBeNull();
  });

  it('rescores a track that is missed in that frame by its embedding', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 10; i++) tracker.update(at(0.5), i * stepMs, noHead);
    tracker.setEmbedding(1, latentOf(0.9, cropEmbeddingLength), 900);
    const swapped = tracker.update([], 1000, headOf('cone', 1)).tracks[0];
    const score = expect.closeTo(Math.sqrt(0.9 * 0.5), 5);
    expect(swapped?.recognition).toEqual({ class: 'cone', score, by: 'learned' });
  });

  it('drops a class that an older head recognised', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 10; i++) tracker.update(at(1), i * stepMs, headOf('cone', 1));
    const after = tracker.update(at(0), 1000, headOf('bollard', 2)).tracks[0];
    expect(after?.recognition).toBeNull();
  });

  it('combines crop and peak scores as soon as a track has an embedding', () => {
    const tracker = new Tracker();
    const head = headOf('cone', 1);
    for (let i = 0; i < 10; i++) tracker.update(at(0.45), i * stepMs, head);
    const embedded = tracker.setEmbedding(1, latentOf(0.8, cropEmbeddingLength), 900);
    const score = Math.sqrt(0.8 * 0.45);
    expect(embedded?.recognition?.score).toBeCloseTo(score, 5);
    expect(embedded?.embedding?.timestampMs).toBe(900);
    const next = tracker.update(at(0.45), 1000, head).tracks[0];
    expect(next?.recognition?.score).toBeCloseTo(score, 5);
  });

  it('is named by the newest crop alone, and by the objectness of its frames', () => {
    const tracker = new Tracker();
    const head = headOf('cone', 1);
    for (let i = 0; i < 10; i++) tracker.update(at(0.5), i * stepMs, head);
    tracker.setEmbedding(1, latentOf(0.9, cropEmbeddingLength), 900);
    for (let i = 10; i < 20; i++) tracker.update(at(0.5), i * stepMs, head);
    // The track has passed to another object.
    // Its score is a little above what keeps a name, which does not count across crops.
    const weak = tracker.setEmbedding(1, latentOf(0.15, cropEmbeddingLength), 1900);
    expect(weak?.recognition).toBeNull();
    const back = tracker.setEmbedding(1, latentOf(0.8, cropEmbeddingLength), 1900);
    expect(back?.recognition?.score).toBeCloseTo(Math.sqrt(0.8 * 0.5), 5);
    const next = tracker.update(at(1), 2000, head).tracks[0];
    expect(next?.recognition?.score).toBeCloseTo(Math.sqrt(0.8 * 0.6), 5);
  });

  it('regresses the offsets of a learned object from its embedding', () => {
    const tracker = new Tracker();
    const head = { ...headOf('cone', 1), box: boxShift([0, 0.25, 0, -0.125]) };
    const trackIn = (frame: number, by: Head) =>
      tracker.update(at(0.9), frame * stepMs, by).tracks[0]!;
    expect(trackIn(0, head).offsets).toBeNull();
    const embedded = tracker.setEmbedding(1, latentOf(0.9, cropEmbeddingLength), 0);
    expect(embedded?.offsets).toEqual([0, 0.25, 0, -0.125]);
    const other = { ...headOf('cone', 2), box: boxShift([0.5, 0, 0, 0]) };
    expect(trackIn(1, other).offsets?.[0]).toBe(0.4);
    // An object of a base class keeps the backbone's box.
    const unreachable = { ...other, version: 3, thresholds: Float32Array.of(2) };
    expect(trackIn(2, unreachable).offsets).toBeNull();
  });

  it('uses dense scores alone under a head without a crop layer', () => {
    const tracker = new Tracker();
    const head = headOf('cone', 1, { crop: false });
    for (let i = 0; i < 5; i++) tracker.update(at(0.7), i * stepMs, head);
    expect(
      tracker.setEmbedding(1, latentOf(0, cropEmbeddingLength), 400)?.recognition?.score,
    ).toBeCloseTo(0.7, 5);
  });

  it('marks a track promising by its peak and recognises it by its crop', () => {
    const tracker = new Tracker();
    const head = headOf('cone', 1);
    for (let i = 0; i < 5; i++) tracker.update(at(0.7), i * stepMs, head);
    const waiting = tracker.update(at(0.7), 500, head).tracks[0];
    expect([waiting?.recognition, waiting?.promising]).toEqual([null, true]);
    const embedded = tracker.setEmbedding(1, latentOf(0.8, cropEmbeddingLength), 500);
    expect(embedded?.recognition).toMatchObject({ class: 'cone', by: 'learned' });
    expect(embedded?.promising).toBe(false);
    const weak = new Tracker();
    for (let i = 0; i < 5; i++) weak.update(at(0.3), i * stepMs, head);
    expect(weak.update(at(0.3), 500, head).tracks[0]?.promising).toBe(false);
  });

  it('discards embeddings that are outdated or whose track has ended', () => {
    const tracker = new Tracker();
    runFrames(tracker, stillFrames(3));
    tracker.setEmbedding(1, latentOf(1, cropEmbeddingLength), 200);
    expect(
      tracker.setEmbedding(1, latentOf(0, cropEmbeddingLength), 100)?.embedding?.timestampMs,
    ).toBe(200);
    expect(tracker.setEmbedding(7, latentOf(1, cropEmbeddingLength), 200)).toBeNull();
  });
});
