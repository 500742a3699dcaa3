import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../operators/foundation/numbers/shuffle.ts';
import {
  UnlabelledRows,
  valuesOf,
} from '../../../../operators/learn/statistics/unlabelled-rows.ts';
import type { Example } from '../../../../operators/learn/strategy.ts';

/** An unlabelled object with one embedding of two values, the first of which identifies it. */
const unlabelled = (name: number, noneOf: readonly string[] = ['a']): Example => ({
  id: String(name),
  label: null,
  dense: new Float32Array(0),
  denseTargets: new Float32Array(0),
  embeddings: Float32Array.of(name, -1),
  noneOf,
});
const numbered = (from: number, count: number): Example[] =>
  Array.from({ length: count }, (_, i) => unlabelled(from + i));
const empty = new UnlabelledRows(2);
/** Two values of two bytes, the key, and a reference to a set. */
const rowBytes = 4 + 8 + 4;
const bounds = { rowsMax: 8, bytesMax: Infinity };
const adding = (rows: UnlabelledRows, added: readonly Example[]) =>
  rows.with({ added, removed: [] }, bounds);
const namesOf = ({ rows }: UnlabelledRows) => rows.map((row) => valuesOf(row)[0]!);

describe('a sample of unlabelled rows', () => {
  it('keeps a bounded number of rows and counts all of them', () => {
    const rows = adding(adding(empty, numbered(0, 5)), numbered(5, 45));
    expect(rows.rows).toHaveLength(8);
    expect(rows.added).toBe(50);
    expect(rows.bytes).toBe(8 * rowBytes + 4);
  });

  it('counts each set of classes once among its bytes, and keeps the smallest keys that fit', () => {
    const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    const all = numbered(0, 8).map((each) => ({ ...each, noneOf: names.toReversed() }));
    const bytesMax = 3 * rowBytes + 400 + 10;
    const rows = empty.with({ added: all, removed: [] }, { rowsMax: 8, bytesMax });
    expect(rows.bytes).toBe(3 * rowBytes + 400);
    expect(namesOf(rows)).toEqual(namesOf(adding(empty, all)).slice(0, 3));
  });

  it('does not depend on the order of rows, nor on how many are added at once', () => {
    const all = numbered(0, 50);
    const once = adding(empty, all);
    for (let seed = 1; seed <= 5; seed++) {
      const order = shuffle(all, seededRandom(seed));
      let rows = adding(empty, order.slice(0, 10 * seed));
      for (const row of order.slice(10 * seed)) rows = adding(rows, [row]);
      expect(rows).toEqual(once);
    }
  });

  it('takes equal rows for one, with the labels of all of its pictures in any order', () => {
    const [first, second] = [unlabelled(1, ['b']), unlabelled(1, ['b', 'a'])];
    const rows = adding(empty, [first, second]);
    expect(rows.rows).toMatchObject([{ labelled: [['a', 'b'], ['b']] }]);
    expect(adding(adding(empty, [second]), [first])).toEqual(rows);
  });

  it('forgets what was labelled around a removed row', () => {
    const [first, second] = [unlabelled(1, ['b']), unlabelled(1, ['a', 'b'])];
    const both = adding(empty, [first, second]);
    for (const [gone, left] of [
      [first, second],
      [second, first],
    ]) {
      const rows = both.with({ added: [], removed: [gone!] }, bounds);
      expect(rows).toEqual(adding(empty, [left!]));
    }
  });

  it('is as it was at first once all rows are removed, displaced ones included', () => {
    const all = numbered(0, 50);
    expect(adding(empty, all).with({ added: [], removed: all }, bounds)).toEqual(empty);
  });

  it('does not count the removal of a row that it would have kept', () => {
    const rows = adding(empty, numbered(0, 5));
    expect(rows.with({ added: [], removed: [unlabelled(7)] }, bounds)).toEqual(rows);
  });

  it('leaves out what is labelled, and what is certainly none of the classes', () => {
    const { noneOf, ...certain } = unlabelled(1);
    const labelled: Example = { ...unlabelled(2), label: 'a' };
    expect(noneOf).toEqual(['a']);
    expect(adding(empty, [certain, labelled])).toEqual(empty);
  });

  it('forgets removed rows, and never takes back those that were displaced', () => {
    const all = numbered(0, 50);
    const full = adding(empty, all);
    const kept = namesOf(full);
    const gone = full.with({ added: [], removed: [unlabelled(kept[0]!)] }, bounds);
    expect(namesOf(gone)).toEqual(kept.slice(1));
    expect(gone.added).toBe(49);
    expect(namesOf(adding(gone, all.slice(0, 50))).toSorted()).toEqual(kept.toSorted());
  });

  it('follows classes that became others or were dropped, over several moves', () => {
    const rows = adding(empty, [unlabelled(1, ['a', 'c']), unlabelled(2, ['c'])]);
    const moved = rows.with(
      {
        added: [],
        removed: [],
        moved: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'd' },
          { from: 'c', to: null },
        ],
      },
      bounds,
    );
    const labelled = new Map(moved.rows.map((row) => [valuesOf(row)[0]!, row.labelled]));
    expect(labelled.get(1)).toEqual([['d']]);
    expect(labelled.get(2)).toEqual([[]]);
  });

  it('of two samples is the sample of the rows of both', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(seed);
      const all = Array.from({ length: 60 }, () =>
        unlabelled(Math.floor(40 * random()), random() < 0.5 ? ['a'] : ['a', 'b']),
      );
      const split = Math.floor(61 * random());
      const [one, other] = [adding(empty, all.slice(0, split)), adding(empty, all.slice(split))];
      expect(one.plus(other, bounds)).toEqual(adding(empty, all));
      expect(other.plus(one, bounds)).toEqual(one.plus(other, bounds));
      expect(one.plus(empty, bounds)).toEqual(one);
    }
  });

  it('of two samples holds to the smaller of their limits', () => {
    const [few, many] = [4, 8].map((rowsMax, i) =>
      empty.with({ added: numbered(50 * i, 50), removed: [] }, { ...bounds, rowsMax }),
    );
    const sum = few!.plus(many!, bounds);
    const both = adding(empty, numbered(0, 100));
    expect(sum.limit).toBe(Math.min(few!.limit, many!.limit));
    expect(sum.rows).toEqual(both.rows.filter(({ key }) => key < sum.limit));
    expect(sum.added).toBe(100);
  });
});
