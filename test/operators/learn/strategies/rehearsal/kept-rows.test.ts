import { describe, expect, it } from 'vitest';
import { liftRows } from '../../../../../operators/detect/heads/lift.ts';
import { packFloat16, unpackFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';
import { runAtOnce } from '../../../../../operators/foundation/threads/run-in-steps.ts';
import {
  exemplarBytes,
  packExemplar,
} from '../../../../../operators/learn/strategies/rehearsal/exemplar.ts';
import { ExemplarStore } from '../../../../../operators/learn/strategies/rehearsal/exemplar-store.ts';
import {
  chooseCentres,
  keepWithin,
  keptRows,
  rankOf,
} from '../../../../../operators/learn/strategies/rehearsal/kept-rows.ts';
import { makeExample } from '../../make-example.ts';

const length = 8;

function held(id: string, label: string | null, crops = 1) {
  const example = makeExample(id, label, { crops, cells: 0, embeddingLength: length });
  return packExemplar(example, length);
}
const many = (label: string | null, count: number) =>
  Array.from({ length: count }, (_, i) => held(`${label ?? 'n'}${100 + i}`, label));
const one = exemplarBytes(held('a100', 'a'));
const ids = (store: ExemplarStore) => store.all().map(({ id }) => id);

describe('rankOf', () => {
  it('differs by id, row and seed, and spreads evenly', () => {
    expect(new Set([rankOf(1, 'a'), rankOf(1, 'b'), rankOf(1, 'a', 1), rankOf(2, 'a')]).size).toBe(
      4,
    );
    const ranks = Array.from({ length: 400 }, (_, i) => rankOf(1, `cup-${i}`) / 2 ** 32);
    for (const part of [0, 0.25, 0.5, 0.75]) {
      const inside = ranks.filter((rank) => rank >= part && rank < part + 0.25).length;
      expect(Math.abs(inside - 100)).toBeLessThan(40);
    }
  });
});

describe('keepWithin', () => {
  const all = [...many('a', 20), ...many('b', 12), ...many('c', 3), ...many(null, 9)];

  it('keeps classes alike, and of none of them no more than the share', () => {
    const store = keepWithin(new ExemplarStore(all), 20 * one, 1, 1 / 4);
    const counts = ['a', 'b', 'c', null].map((label) => store.ofLabel(label).length);
    expect(counts[2]).toBe(3);
    expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1);
    expect(counts[3]).toBe(5);
    expect(store.bytes).toBeLessThanOrEqual(20 * one);
    expect(store.bytes).toBeGreaterThan(18 * one);
  });

  it('keeps the same ones in whatever order they came, and others with another seed', () => {
    const kept = (exemplars: typeof all, seed: number) =>
      ids(keepWithin(new ExemplarStore(exemplars), 20 * one, seed, 1 / 4)).sort();
    expect(kept(all.toReversed(), 1)).toEqual(kept(all, 1));
    expect(kept(all, 2)).not.toEqual(kept(all, 1));
  });

  it('keeps everything that fits, and nothing without bytes', () => {
    const store = new ExemplarStore(all);
    expect(keepWithin(store, store.bytes, 1, 1 / 4)).toBe(store);
    expect(keepWithin(store, 0, 1, 1 / 4).count).toBe(0);
  });
});

describe('keptRows', () => {
  it('gives every embedding as signed roots of unit length, in an order of its own', () => {
    const held2 = [held('x', 'a', 2), held('y', null, 1), held('z', 'b', 0)];
    const rows = runAtOnce(keptRows(new ExemplarStore(held2), length, 1));
    expect([...rows.labels].sort()).toEqual(['a', 'a', null]);
    const turned = runAtOnce(keptRows(new ExemplarStore(held2.toReversed()), length, 1));
    expect(turned.values).toEqual(rows.values);
    const { embeddings } = makeExample('y', null, { crops: 1, cells: 0, embeddingLength: length });
    const at = rows.labels.indexOf(null);
    const rounded = unpackFloat16(packFloat16(embeddings));
    const expected = liftRows({ kind: 'root' }, rounded, length);
    expect(rows.values.subarray(at * length, (at + 1) * length)).toEqual(expected);
  });
});

describe('chooseCentres', () => {
  const labels = [...Array<string>(10).fill('a'), 'b', 'b', ...Array<null>(6).fill(null)];

  it('takes every row if there are no more', () => {
    expect([...chooseCentres(labels, 18, 1 / 4)]).toEqual([...labels.keys()]);
  });

  it('takes the first rows of each label, alike for classes', () => {
    expect([...chooseCentres(labels, 8, 1 / 4)]).toEqual([0, 1, 2, 3, 10, 11, 12, 13]);
  });

  it('gives negatives what classes leave', () => {
    const few = ['a', ...Array<null>(9).fill(null)];
    expect([...chooseCentres(few, 5, 1 / 4)]).toEqual([0, 1, 2, 3, 4]);
  });
});
