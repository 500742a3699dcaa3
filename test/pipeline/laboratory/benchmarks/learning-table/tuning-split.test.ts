import { expect, test } from 'vitest';
import { nothingMended } from '../../../../operators/datasets/set-of.ts';
import { tuningSplit } from '../../../../../pipeline/laboratory/benchmarks/learning-table/tuning-split.ts';

const image = (id: string, name: string) => ({
  ...{ id, path: `${id}.png`, width: 9, height: 9 },
  objects: [{ class: name, box: [0, 0, 1, 1] as const, difficult: false, crowd: false }],
});
const setOf = (...images: readonly (readonly [string, string])[]) => ({
  classes: ['bolt', 'nut'],
  warnings: [],
  skipped: [],
  mended: nothingMended,
  images: images.map(([id, name]) => image(id, name)),
});

test('the last of several recordings of a class is held out, a class with one recording is only learned', () => {
  const { learned, validation } = tuningSplit(
    setOf(
      ['0100', 'bolt'],
      ['0005', 'bolt'],
      ['0000', 'bolt'],
      ['0010', 'nut'],
      ['0015', 'nut'],
      ['0105', 'bolt'],
    ),
    20,
  );
  const ids = (set: typeof learned) => set.images.map(({ id }) => id).sort();
  expect(ids(validation)).toEqual(['0100', '0105']);
  expect(ids(learned)).toEqual(['0000', '0005', '0010', '0015']);
  expect(learned.classes).toEqual(['bolt', 'nut']);
});

test('a recording ends at another class and at ids farther apart than the gap', () => {
  const sizes = (gapMax: number, ...images: readonly (readonly [string, string])[]) =>
    tuningSplit(setOf(...images), gapMax).validation.images.length;
  const near = [['0', 'bolt'] as const, ['20', 'bolt'] as const];
  expect(sizes(20, ...near)).toBe(0);
  expect(sizes(19, ...near)).toBe(1);
  expect(sizes(20, ['0', 'bolt'], ['1', 'nut'], ['2', 'bolt'])).toBe(1);
});

test('ids that are not numbers are rejected', () => {
  expect(() => tuningSplit(setOf(['a1', 'bolt']), 5)).toThrow('picture a1: expected a number');
});
