import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Lift } from '../../../../operators/detect/heads/head.ts';
import { evaluateCandidate } from '../../../../operators/gate/gate.ts';
import {
  readHeadBundle,
  writeHeadBundle,
  type HeadBundle,
} from '../../../../operators/swap/store/head-bundle.ts';
import { boxShift } from '../../track/scene.ts';
import { draft, sample } from '../sample-head.ts';

const bundle: HeadBundle = {
  head: { ...draft(['cat', 'Wäscheklammer'], { crop: true }), version: 7 },
  parent: 5,
  verdict: evaluateCandidate({
    candidate: draft(['cat']),
    active: draft([]),
    heldOut: [sample('cat', [0.9]), sample(null, [0.1])],
  }),
  trainedOn: 'abc',
  createdMs: 12.5,
};

/** The written bundle with its body changed and a matching checksum. */
function forge(change: (body: Record<string, unknown>) => void): string {
  const file = JSON.parse(writeHeadBundle(bundle)) as { body: Record<string, unknown> };
  change(file.body);
  return JSON.stringify({ ...file, checksum: sha256(JSON.stringify(file.body)) });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a head bundle', () => {
  it('is read as it was written, bit for bit', () => {
    expect(readHeadBundle(writeHeadBundle(bundle))).toEqual(bundle);
    const plain = { ...bundle, head: { ...draft([]), version: 1 }, verdict: null, parent: null };
    expect(readHeadBundle(writeHeadBundle(plain))).toEqual(plain);
  });

  it('keeps the lifts of its layers and refuses a lift of another length', () => {
    const root = { ...bundle.head.dense, lift: { kind: 'root' } as const };
    const crop = {
      weights: new Float32Array(2 * 96).fill(0.5),
      bias: new Float32Array(2),
      length: 96,
      lift: { kind: 'random', seed: 3, rows: 96 } as const,
    };
    const lifted = { ...bundle, head: { ...bundle.head, dense: root, crop } };
    expect(readHeadBundle(writeHeadBundle(lifted))).toEqual(lifted);
    const longer = { ...crop, lift: { ...crop.lift, rows: 97 } };
    expect(() => writeHeadBundle({ ...lifted, head: { ...lifted.head, crop: longer } })).toThrow(
      'its look layer has rows of 96, not 97',
    );
  });

  it('keeps the vectors that a layer standardises by, and refuses others', () => {
    const { dense } = bundle.head;
    const vector = (length: number, value: number) => new Float32Array(length).fill(value);
    const lift = { kind: 'standard', mean: vector(128, 0.5), scale: vector(128, 2) } as const;
    const withLift = (changed: Lift) => ({
      ...bundle,
      head: { ...bundle.head, dense: { ...dense, lift: changed } },
    });
    expect(readHeadBundle(writeHeadBundle(withLift(lift)))).toEqual(withLift(lift));
    expect(() => writeHeadBundle(withLift({ ...lift, mean: vector(127, 0) }))).toThrow(
      'its dense layer is standardised by vectors of other than 128 values',
    );
    expect(() => writeHeadBundle(withLift({ ...lift, scale: vector(128, NaN) }))).toThrow(
      'its dense lift holds NaN at 0',
    );
    expect(() => writeHeadBundle(withLift({ kind: 'pairs', seed: 1, count: 129 }))).toThrow(
      'its dense layer pairs 129 of 128 values',
    );
  });

  it('keeps the centres of a kernel layer, and refuses others', () => {
    const { dense } = bundle.head;
    const withCentres = (centres: Float32Array, gamma = 0.6): HeadBundle => {
      const lift = { kind: 'gaussian', centres, gamma } as const;
      const layer = { ...dense, weights: dense.weights.slice(0, 6), length: 3, lift };
      return { ...bundle, head: { ...bundle.head, dense: layer } };
    };
    const centres = Float32Array.from({ length: 3 * 128 }, (_, i) => Math.sin(i));
    const kept = withCentres(centres);
    expect(readHeadBundle(writeHeadBundle(kept))).toEqual(kept);
    expect(() => writeHeadBundle(withCentres(centres.slice(1)))).toThrow(
      'its dense layer has 383 values of centres, no whole rows of 128',
    );
    expect(() => writeHeadBundle(withCentres(centres.slice(128)))).toThrow(
      'its dense layer has rows of 3, not 2',
    );
    expect(() => writeHeadBundle(withCentres(centres.with(7, Infinity)))).toThrow(
      'its dense lift holds Infinity at 7',
    );
    expect(() => readHeadBundle(writeHeadBundle(withCentres(centres, 0)))).toThrow('dense.lift');
  });

  it('keeps the box regression layer and refuses one without four rows', () => {
    const box = boxShift([0.1, 0, -0.1, 0.2]);
    const boxed = { ...bundle, head: { ...bundle.head, box } };
    expect(readHeadBundle(writeHeadBundle(boxed))).toEqual(boxed);
    const three = { ...box, bias: box.bias.slice(1) };
    expect(() => writeHeadBundle({ ...boxed, head: { ...boxed.head, box: three } })).toThrow(
      'and 3 biases for 4 rows',
    );
  });

  it('is refused with any one character changed', () => {
    const text = writeHeadBundle(bundle).trimEnd();
    for (let i = 0; i < text.length; i += 97) {
      const other = text[i] === '7' ? '8' : '7';
      const damaged = text.slice(0, i) + other + text.slice(i + 1);
      expect(() => readHeadBundle(damaged), `character ${i}`).toThrow();
    }
  });

  it('is refused when truncated', () => {
    const text = writeHeadBundle(bundle);
    expect(() => readHeadBundle(text.slice(0, text.length / 2))).toThrow('it is not JSON');
    expect(() => readHeadBundle('')).toThrow('it is not JSON');
  });

  it.each<[string, (body: Record<string, unknown>) => void, RegExp]>([
    ['another class name', (b) => (b['classes'] = ['cat', 'dog']), /do not match their hash/],
    ['an extra class', (b) => (b['classes'] = ['a', 'b', 'c']), /2 thresholds for 3 classes/],
    ['weights that are not base64', (b) => (b['thresholds'] = '!'), /^thresholds: /],
    ['no version', (b) => delete b['version'], /^version: /],
  ])('is refused with %s, even with a matching checksum', (_, change, message) => {
    expect(() => readHeadBundle(forge(change))).toThrow(message);
  });

  it('is refused in a later format version', () => {
    const later = writeHeadBundle(bundle).replace('"formatVersion":1', '"formatVersion":2');
    expect(() => readHeadBundle(later)).toThrow(/^formatVersion: /);
  });

  it('is never written with weights that cannot be read back', () => {
    const head = { ...bundle.head, thresholds: Float32Array.of(Number.NaN, 0) };
    expect(() => writeHeadBundle({ ...bundle, head })).toThrow('head 7: its thresholds holds NaN');
  });
});
