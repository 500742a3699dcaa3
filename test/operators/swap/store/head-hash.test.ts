import { describe, expect, it } from 'vitest';
import type { HeadDraft } from '../../../../operators/learn/strategy.ts';
import {
  fromLittleEndian,
  headHash,
  toLittleEndian,
} from '../../../../operators/swap/store/head-hash.ts';
import { boxShift } from '../../track/scene.ts';
import { draft } from '../sample-head.ts';

const head = draft(['cat', 'dog'], { crop: true });

describe('headHash', () => {
  it('is equal for equal heads of different versions, on every machine', () => {
    expect(headHash({ ...head, version: 7 } as HeadDraft)).toBe(
      headHash(draft(['cat', 'dog'], { crop: true })),
    );
    expect(headHash(draft(['cat']))).toBe(
      'f42d07e0c306e59c43fc37b0b4df776e142b1ae4b9c598481df07ca34269395a',
    );
  });

  it('does not depend on the byte offset of the weights', () => {
    const buffer = new Float32Array(head.thresholds.length + 1);
    buffer.set(head.thresholds, 1);
    expect(headHash({ ...head, thresholds: buffer.subarray(1) })).toBe(headHash(head));
  });

  const flip = (values: Float32Array): Float32Array => {
    const copy = values.slice();
    copy[copy.length - 1] = copy.at(-1)! + 1e-6;
    return copy;
  };
  it.each<[string, HeadDraft]>([
    ['a class name', { ...head, classes: ['cat', 'dot'] }],
    ['the end of a class name', { ...head, classes: ['catd', 'og'] }],
    ['the strategy', { ...head, strategy: 'other' }],
    ['the activation', { ...head, activation: 'softmax' }],
    ['a threshold', { ...head, thresholds: flip(head.thresholds) }],
    ['a dense weight', { ...head, dense: { ...head.dense, weights: flip(head.dense.weights) } }],
    ['a dense bias', { ...head, dense: { ...head.dense, bias: flip(head.dense.bias) } }],
    ['a crop weight', { ...head, crop: { ...head.crop!, weights: flip(head.crop!.weights) } }],
    ['the crop layer', { ...head, crop: null }],
    ['the box layer', { ...head, box: boxShift([0, 0, 0, 0]) }],
    ['a lift', { ...head, crop: { ...head.crop!, lift: { kind: 'root' } } }],
    ['objectness', { ...head, objectness: { ...head.objectness, bias: -0.1 + 1e-12 } }],
  ])('changes with %s', (_, other) => {
    expect(headHash(other)).not.toBe(headHash(head));
  });
});

it('headHash differs for every lift of a layer', () => {
  const lifts = [
    { kind: 'root' },
    { kind: 'random', seed: 1, rows: 7 },
    { kind: 'random', seed: 2, rows: 7 },
    { kind: 'random', seed: 1, rows: 8 },
    { kind: 'fourier', seed: 1, rows: 8, gamma: 1 },
    { kind: 'fourier', seed: 1, rows: 8, gamma: 2 },
    { kind: 'pairs', seed: 1, count: 8 },
    { kind: 'pairs', seed: 1, count: 7 },
    { kind: 'gaussian', centres: Float32Array.of(1, 2), gamma: 1 },
    { kind: 'gaussian', centres: Float32Array.of(1, 3), gamma: 1 },
    { kind: 'gaussian', centres: Float32Array.of(1, 2), gamma: 2 },
    { kind: 'standard', mean: Float32Array.of(1), scale: Float32Array.of(2) },
    { kind: 'standard', mean: Float32Array.of(1), scale: Float32Array.of(3) },
  ] as const;
  const hashes = lifts.map((lift) => headHash({ ...head, crop: { ...head.crop!, lift } }));
  expect(new Set(hashes).size).toBe(lifts.length);
});

describe('toLittleEndian', () => {
  it('writes least significant bytes first and reads them back bit for bit', () => {
    expect([...toLittleEndian(Float32Array.of(1))]).toEqual([0, 0, 0x80, 0x3f]);
    const values = Float32Array.of(0.1, -0, 1e-45, 3.4e38);
    expect(fromLittleEndian(toLittleEndian(values))).toEqual(values);
    expect(() => fromLittleEndian(Buffer.alloc(6))).toThrow(RangeError);
  });
});
