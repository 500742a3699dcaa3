import { format } from 'prettier';
import { expect, test } from 'vitest';
import { markdownTable } from '../../../../pipeline/laboratory/results/markdown-table.ts';

const columns = [
  { title: 'strategy', align: 'left' },
  { title: 'Ω', align: 'right' },
] as const;

test('a table is formatted as by Prettier', async () => {
  const table = markdownTable(columns, [
    ['a | b', '0.980'],
    ['ridge', '–'],
  ]);
  expect(table.split('\n')).toHaveLength(5);
  expect(await format(table, { parser: 'markdown', printWidth: 100 })).toBe(table);
  expect(table).toContain(String.raw`a \| b`);
});

test('a row with a missing cell is rejected', () => {
  expect(() => markdownTable(columns, [['ridge']])).toThrow(RangeError);
});
