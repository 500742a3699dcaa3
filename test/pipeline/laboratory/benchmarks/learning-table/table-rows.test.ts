import { expect, test } from 'vitest';
import { strategyNames } from '../../../../../operators/learn/strategies/strategy-registry.ts';
import { findProtocol } from '../../../../../pipeline/laboratory/protocols/protocol-registry.ts';
import {
  fullTable,
  matchingRows,
  rowsOf,
} from '../../../../../pipeline/laboratory/benchmarks/learning-table/table-rows.ts';

const full = rowsOf(fullTable, strategyNames);
const ids = full.map(({ id }) => id);
const [best = ''] = strategyNames;

test('rows of the default strategy come before all others, its cap of 4 MiB on fod-a first', () => {
  expect(ids[0]).toBe(`fod-a/all/4MiB/${best}`);
  const early = full.filter(({ protocol }) => protocol !== 'long-run-200');
  const firstOther = early.findIndex(({ strategy }) => strategy !== best);
  expect(early.slice(firstOther).some(({ strategy }) => strategy === best)).toBe(false);
  expect(early[firstOther]?.id).toMatch(/^fod-a\/all\/4MiB\//);
});

test('the longest run is the last one', () => {
  expect(ids.at(-1)).toBe(`world/long-run-200/no-cap/${best}`);
});

test('every row has a unique id and an existing protocol', () => {
  expect(new Set(ids).size).toBe(ids.length);
  for (const { protocol } of full) expect(findProtocol(protocol)?.name).toBe(protocol);
});

test('every strategy has rows, whichever strategies exist', () => {
  for (const name of strategyNames) {
    const rows = full.filter(({ strategy }) => strategy === name);
    expect(rows.map(({ set }) => set)).toEqual(
      expect.arrayContaining(['fod-a', 'fod-a-coco286', 'raccoon', 'microcontrollers-4th']),
    );
  }
  const two = rowsOf([{ set: 'a', protocol: 'all', strategies: 'all' }], ['ncm', 'ridge']);
  expect(two.map(({ id }) => id)).toEqual(['a/all/no-cap/ncm', 'a/all/no-cap/ridge']);
});

test('the default and three other strategies run the long run', () => {
  const rows = full.filter(({ protocol }) => protocol === 'long-run-20');
  expect(rows).toHaveLength(4);
  expect(rows.filter(({ strategy }) => strategy === best)).toHaveLength(1);
});

test('the joint bound, which ignores caps, runs once and without one', () => {
  const groups = [{ set: 'a', protocol: 'all', capsMiB: [4, 1], strategies: 'all' }] as const;
  expect(rowsOf(groups, ['ridge', 'joint']).map(({ id }) => id)).toEqual([
    ...['a/all/4MiB/ridge', 'a/all/1MiB/ridge', 'a/all/no-cap/joint'],
  ]);
});

test('a row has its cap in bytes, and an unusual view size in its id', () => {
  const groups = [
    { set: 'a', protocol: 'all', capsMiB: [4], size: 512, strategies: 'default' },
  ] as const;
  expect(rowsOf(groups, ['ridge'])).toEqual([
    {
      id: 'a/all/512px/4MiB/ridge',
      set: 'a',
      protocol: 'all',
      size: 512,
      bytesMax: 4 << 20,
      strategy: 'ridge',
      seed: 1,
    },
  ]);
});

test('a row is repeated for every class order, which its id names unless it is the first', () => {
  const groups = [{ set: 'a', protocol: 'all', strategies: 'all' }] as const;
  const rows = rowsOf(groups, ['ridge', 'ncm'], [1, 3]);
  expect(rows.map(({ id, seed }) => [id, seed])).toEqual([
    ['a/all/no-cap/ridge', 1],
    ['a/all/no-cap/ridge/seed-3', 3],
    ['a/all/no-cap/ncm', 1],
    ['a/all/no-cap/ncm/seed-3', 3],
  ]);
  expect(matchingRows(rows, ['a/all/no-cap/ridge'])).toHaveLength(2);
});

test('a pattern matches a whole id or its beginning up to a slash, with stars for any text', () => {
  const matched = (...patterns: string[]) => matchingRows(full, patterns).map(({ id }) => id);
  expect(matched()).toEqual(ids);
  expect(matched('fod-a/all/4MiB/slda')).toEqual(['fod-a/all/4MiB/slda']);
  expect(new Set(matched('fod-a/all').map((id) => id.split('/', 2).join('/')))).toEqual(
    new Set(['fod-a/all']),
  );
  expect(matched('fod-a/10+10/4MiB/slda')).toHaveLength(1);
  expect(matched('*/slda').every((id) => id.endsWith('/slda'))).toBe(true);
  expect(matched('fod-a/*/1MiB/slda', 'raccoon/all/no-cap/ridge').sort()).toEqual([
    'fod-a/all/1MiB/slda',
    'raccoon/all/no-cap/ridge',
  ]);
  expect(matched('microcontrollers').some((id) => id.startsWith('microcontrollers-4th'))).toBe(
    false,
  );
});

test('a pattern without a match is an error', () => {
  expect(() => matchingRows(full, ['fod-a', 'fod-b'])).toThrow(/^no row matches fod-b/);
  expect(() => matchingRows(full, ['fod-.'])).toThrow(RangeError);
});
