import { expect, it } from 'vitest';
import type { DenseMaps } from '../../../../operators/detect/engines/engine.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { GridRows } from '../../../../operators/learn/examples/grid-rows.ts';

const columns = 8;
const rows = 6;
const maps = { kind: 'grid', columns, rows } as DenseMaps;

/** The background of a picture that lies there in its view of 32 × 24 pixels. */
function backgroundOf(picture: Box, boxes: readonly Box[] = []): readonly number[] {
  return new GridRows(maps, picture).sampleBackground(boxes, () => 0);
}

const cells = Array.from({ length: columns * rows }, (_, cell) => cell);
const column = (cell: number) => cell % columns;
const row = (cell: number) => Math.floor(cell / columns);

it('draws background from all of a picture that fills its view, away from boxes', () => {
  expect(backgroundOf([0, 0, 32, 24])).toEqual(cells);
  const away = cells.filter((cell) => column(cell) > 2 || row(cell) > 1);
  expect(backgroundOf([0, 0, 32, 24], [[0, 0, 8, 4]])).toEqual(away);
});

it('draws no background from what a letterboxed picture leaves free', () => {
  const wide = cells.filter((cell) => row(cell) >= 2 && row(cell) < 4);
  expect(backgroundOf([0, 7, 32, 17])).toEqual(wide);
  const high = cells.filter((cell) => column(cell) >= 3 && column(cell) < 5);
  expect(backgroundOf([12, 0, 20, 24])).toEqual(high);
});

it('draws as often for cells beside the picture, so that those within do not change', () => {
  let draws = 0;
  new GridRows(maps, [12, 0, 20, 24]).sampleBackground([], () => ++draws);
  expect(draws).toBe(cells.length);
});
