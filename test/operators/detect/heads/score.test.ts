import { describe, expect, it } from 'vitest';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import {
  emptyHead,
  scoreCrop,
  scoreObject,
  scorePeak,
} from '../../../../operators/detect/heads/score.ts';

const layer = {
  weights: Float32Array.of(1, 0, 0, 1, -1, 0),
  bias: Float32Array.of(0, 0.5, 0),
  length: 2,
};
const head: Head = {
  ...emptyHead(),
  version: 3,
  classes: ['drone', 'crate', 'kettle'],
  dense: layer,
  thresholds: new Float32Array(3),
};

describe('scorePeak', () => {
  it('clips regression outputs to between 0 and 1', () => {
    expect([...scorePeak(head, Float32Array.of(0.25, 2))]).toEqual([0.25, 1, 0]);
  });

  it('distributes probability over the classes and an implicit background', () => {
    const scores = scorePeak({ ...head, activation: 'softmax' }, Float32Array.of(0, -0.5));
    expect([...scores]).toEqual([0.25, 0.25, 0.25]);
  });

  it('stays finite for large logits', () => {
    const scores = scorePeak({ ...head, activation: 'softmax' }, Float32Array.of(1000, 0));
    expect([...scores]).toEqual([1, 0, 0]);
    const low = scorePeak({ ...head, activation: 'softmax' }, Float32Array.of(0, -1000));
    expect(low[1]).toBe(0);
  });

  it('applies the lift of the layer to the latent first', () => {
    const rooted = { ...head, dense: { ...layer, lift: { kind: 'root' } as const } };
    const scores = scorePeak(rooted, Float32Array.of(9, 16));
    expect([...scores]).toEqual([0.6, 1, 0].map(Math.fround));
    const projected = {
      ...head,
      dense: { ...layer, lift: { kind: 'random', seed: 1, rows: 2 } as const },
    };
    expect(scorePeak(projected, new Float32Array(5))).toEqual(Float32Array.of(0, 0.5, 0));
    const tooLong = { ...layer, lift: { kind: 'random', seed: 1, rows: 3 } as const };
    expect(() => scorePeak({ ...head, dense: tooLong }, new Float32Array(5))).toThrow('not 3');
  });

  it('scores each class independently with a sigmoid', () => {
    const scores = scorePeak({ ...head, activation: 'sigmoid' }, Float32Array.of(0, 1000));
    expect([...scores]).toEqual([0.5, 1, 0.5]);
    expect(scorePeak({ ...head, activation: 'sigmoid' }, Float32Array.of(-1000, 0))[0]).toBe(0);
  });

  it('rejects a latent of another length', () => {
    expect(() => scorePeak(head, new Float32Array(3))).toThrow('takes 2 values, not 3');
  });
});

describe('scoreCrop', () => {
  it('is null for a head that was not trained on crops', () => {
    expect(scoreCrop(head, new Float32Array(2))).toBeNull();
  });

  it('uses the crop layer', () => {
    const trained = { ...head, crop: { ...layer, bias: Float32Array.of(0.5, 0.5, 0.5) } };
    expect([...(scoreCrop(trained, Float32Array.of(0.25, 0)) ?? [])]).toEqual([0.75, 0.5, 0.25]);
  });
});

describe('scoreObject', () => {
  const latent = Float32Array.of(0.5, 0.25);
  const objectness = { weights: Float32Array.of(0.2, 0), bias: 0.1 };

  it('uses the dense scores without a crop', () => {
    expect(scoreObject({ ...head, objectness }, latent, null)).toEqual(scorePeak(head, latent));
  });

  it('is the geometric mean of crop score and objectness', () => {
    // Objectness of the latent: 0.1 + 0.2 × 0.5.
    const scores = scoreObject({ ...head, objectness }, latent, Float32Array.of(0.8, 0.05, 0));
    expect(scores[0]).toBeCloseTo(Math.sqrt(0.8 * 0.2), 6);
    expect(scores[1]).toBeCloseTo(Math.sqrt(0.05 * 0.2), 6);
    expect(scores[2]).toBe(0);
  });

  it('clips objectness to between 0 and 1', () => {
    const cropScores = Float32Array.of(0.36, 0.36, 0.36);
    const sure = { ...head, objectness: { ...objectness, bias: 7 } };
    expect(scoreObject(sure, latent, cropScores)[0]).toBeCloseTo(0.6, 6);
    const none = { ...head, objectness: { ...objectness, bias: -7 } };
    expect(scoreObject(none, latent, cropScores)[0]).toBe(0);
  });
});

it('the empty head has no classes and an objectness of 0', () => {
  const empty = emptyHead();
  expect(empty.version).toBe(0);
  expect(scorePeak(empty, new Float32Array(128))).toHaveLength(0);
  expect(empty.objectness).toEqual({ weights: new Float32Array(128), bias: 0 });
});
