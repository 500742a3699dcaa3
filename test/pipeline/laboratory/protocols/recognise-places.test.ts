import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { recognisePlaces } from '../../../../pipeline/laboratory/protocols/recognise-places.ts';
import { scoreProposals } from '../../../../pipeline/batch/score-proposals.ts';
import { boxShift, headOf } from '../../../operators/track/scene.ts';
import type { PicturePrediction } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { headKnowing, latentLike, placeAt } from './fake-session.ts';

const size = { width: 200, height: 200 };
const source = { sourceWidth: size.width, sourceHeight: size.height };
const cup = { latent: latentLike('cup') };
const emptyHead = headKnowing([]);
const prediction = (
  proposals: readonly Observation[],
  embeddings: Float32Array | null = null,
): PicturePrediction => ({ base: [], learned: [], proposals, embeddings });
const names = (head: Head, ...proposals: readonly Observation[]) =>
  recognisePlaces(prediction(proposals), head, 0, size).map(
    ({ recognition: name }) => name?.class ?? null,
  );

describe('places of a still picture', () => {
  it('get a base label from the same score on as tracks do', () => {
    const sure = placeAt([0, 0, 20, 20], { baseScore: 0.35 });
    const unsure = placeAt([40, 0, 60, 20], { baseScore: 0.34 });
    expect(names(emptyHead, sure, unsure)).toEqual(['kite', null]);
  });

  it('get a learned label where the base class is unsure', () => {
    const head = headKnowing(['hat', 'cup']);
    const unsure = placeAt([0, 0, 20, 20], { ...cup, baseScore: 0.3 });
    const sure = placeAt([40, 0, 60, 20], { ...cup, baseScore: 0.4 });
    expect(names(head, unsure, sure)).toEqual(['cup', 'kite']);
    expect(names(headKnowing(['hat']), unsure)).toEqual([null]);
  });

  it('are merged into the strongest where they overlap as much as on live frames', () => {
    const places = [[0, 0, 40, 40] as const, [9, 0, 49, 40] as const, [20, 0, 60, 40] as const];
    const proposals = places.map((box, i) => placeAt([...box], { objectness: 0.9 - i / 10 }));
    const boxes = recognisePlaces(prediction(proposals), emptyHead, 0, size).map(
      ({ box }) => box[0],
    );
    expect(boxes).toEqual([0, 20]);
  });

  it('are left out below the minimum objectness', () => {
    const proposals = [0.5, 0.1, 0.09].map((objectness, i) =>
      placeAt([i * 40, 0, i * 40 + 20, 20], { objectness }),
    );
    expect(recognisePlaces(prediction(proposals), emptyHead, 0.1, size)).toHaveLength(2);
  });

  it('are scored by their own crop embedding, whichever places were left out', () => {
    const embeddings = new Float32Array(3 * cropEmbeddingLength);
    embeddings[2 * cropEmbeddingLength] = 1;
    const latent = new Float32Array(denseLatentLength).fill(1);
    const proposals = [
      placeAt([0, 0, 40, 40], { latent: latent.slice(), objectness: 0.9 }),
      placeAt([1, 0, 41, 40], { latent: latent.slice(), objectness: 0.8 }),
      placeAt([60, 0, 100, 40], { latent, baseScore: 0.5 }),
    ];
    const places = recognisePlaces(prediction(proposals, embeddings), headOf('cone', 1), 0, size);
    expect(places.map(({ recognition: name }) => name?.class ?? null)).toEqual([null, 'cone']);
  });

  it('have boxes refined by the head if they have a learned label', () => {
    const embeddings = new Float32Array(2 * cropEmbeddingLength);
    embeddings[0] = 0.9;
    const latent = new Float32Array(denseLatentLength);
    latent[0] = 0.8;
    const proposals = [placeAt([20, 20, 40, 60], { latent }), placeAt([80, 80, 100, 100])];
    const head = { ...headOf('cone', 1), box: boxShift([-0.1, 0.2, 0.3, 0]) };
    const places = recognisePlaces(prediction(proposals, embeddings), head, 0, size);
    expect(places.map(({ recognition: name }) => name?.class ?? null)).toEqual(['cone', null]);
    expect(places[0]!.box.map((value) => Math.round(value * 1e4) / 1e4)).toEqual([18, 28, 46, 60]);
    expect(places[1]!.box).toEqual([80, 80, 100, 100]);
    expect(places[0]!.observation.box).toEqual([20, 20, 40, 60]);
  });

  it('have the same scores as on live frames and in labelled sets', () => {
    const embeddings = new Float32Array(cropEmbeddingLength);
    embeddings[0] = 0.9;
    const latent = new Float32Array(denseLatentLength);
    latent[0] = 0.8;
    const proposals = [placeAt([0, 0, 20, 20], { latent, baseScore: 0.3 })];
    const head = headOf('cone', 1);
    const [place] = recognisePlaces(prediction(proposals, embeddings), head, 0, size);
    expect(place!.recognition?.score).toBeCloseTo(Math.sqrt(0.9 * 0.8), 6);
    expect(place!.recognition?.score).toBe(
      scoreProposals(head, proposals, embeddings, source)[0]!.score,
    );
  });
});
