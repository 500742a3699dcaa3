import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { judge } from '../../../../operators/swap/gate.ts';
import {
  readHeadBundle,
  writeHeadBundle,
  type HeadBundle,
} from '../../../../operators/swap/store/head-bundle.ts';
import { boxShift } from '../../track/scene.ts';
import { draft, sample } from '../sample-head.ts';

const bundle: HeadBundle = {
  head: { ...draft(['cat', 'Wäscheklammer'], { look: true }), version: 7 },
  parent: 5,
  verdict: judge({
    candidate: draft(['cat']),
    active: draft([]),
    heldOut: [sample('cat', [0.9]), sample(null, [0.1])],
  }),
  trainedOn: 'abc',
  createdMs: 12.5,
};

/** The written bundle with its body changed and the checksum made to match again. */
function forge(change: (body: Record<string, unknown>) => void): string {
  const file = JSON.parse(writeHeadBundle(bundle)) as { body: Record<string, unknown> };
  change(file.body);
  return JSON.stringify({ ...file, checksum: sha256(JSON.stringify(file.body)) });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a head bundle', () => {
  it('comes back as it was written, to the bit', () => {
    expect(readHeadBundle(writeHeadBundle(bundle))).toEqual(bundle);
    const plain = { ...bundle, head: { ...draft([]), version: 1 }, verdict: null, parent: null };
    expect(readHeadBundle(writeHeadBundle(plain))).toEqual(plain);
  });

  it('keeps what its layers lift their inputs by, and refuses a lift that does not fit', () => {
    const root = { ...bundle.head.dense, lift: { kind: 'root' } as const };
    const look = {
      weights: new Float32Array(2 * 96).fill(0.5),
      bias: new Float32Array(2),
      length: 96,
      lift: { kind: 'random', seed: 3, rows: 96 } as const,
    };
    const lifted = { ...bundle, head: { ...bundle.head, dense: root, look } };
    expect(readHeadBundle(writeHeadBundle(lifted))).toEqual(lifted);
    const longer = { ...look, lift: { ...look.lift, rows: 97 } };
    expect(() => writeHeadBundle({ ...lifted, head: { ...lifted.head, crop: longer } })).toThrow(
      'its look layer has rows of 96, not 97',
    );
  });

  it('keeps the layer that boxes are regressed by, and refuses one that has not four rows', () => {
    const box = boxShift([0.1, 0, -0.1, 0.2]);
    const boxed = { ...bundle, head: { ...bundle.head, box } };
    expect(readHeadBundle(writeHeadBundle(boxed))).toEqual(boxed);
    const three = { ...box, bias: box.bias.slice(1) };
    expect(() => writeHeadBundle({ ...boxed, head: { ...boxed.head, box: three } })).toThrow(
      'and 3 biases for 4 rows',
    );
  });

  it('is found damaged wherever one character is changed', () => {
    const text = writeHeadBundle(bundle).trimEnd();
    for (let at = 0; at < text.length; at += 97) {
      const other = text[at] === '7' ? '8' : '7';
      const damaged = text.slice(0, at) + other + text.slice(at + 1);
      expect(() => readHeadBundle(damaged), `character ${at}`).toThrow();
    }
  });

  it('is found damaged when cut short', () => {
    const text = writeHeadBundle(bundle);
    expect(() => readHeadBundle(text.slice(0, text.length / 2))).toThrow('it is not JSON');
    expect(() => readHeadBundle('')).toThrow('it is not JSON');
  });

  it.each<[string, (body: Record<string, unknown>) => void, RegExp]>([
    ['another class name', (b) => (b['classes'] = ['cat', 'dog']), /do not match their hash/],
    ['a class too many', (b) => (b['classes'] = ['a', 'b', 'c']), /2 thresholds for 3 classes/],
    ['weights that are no base64', (b) => (b['thresholds'] = '!'), /^thresholds: /],
    ['no version', (b) => delete b['version'], /^version: /],
  ])('is refused with %s, even with a checksum that matches', (_, change, message) => {
    expect(() => readHeadBundle(forge(change))).toThrow(message);
  });

  it('of a later format is refused by name', () => {
    const later = writeHeadBundle(bundle).replace('"formatVersion":1', '"formatVersion":2');
    expect(() => readHeadBundle(later)).toThrow(/^formatVersion: /);
  });

  it('is never written with weights that could not be read back', () => {
    const head = { ...bundle.head, thresholds: Float32Array.of(Number.NaN, 0) };
    expect(() => writeHeadBundle({ ...bundle, head })).toThrow('head 7: its thresholds holds NaN');
  });
});
