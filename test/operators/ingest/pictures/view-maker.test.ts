import { expect, it } from 'vitest';
import type { ViewCanvas } from '../../../../operators/ingest/frames/view-size.ts';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';

const canvas: ViewCanvas = {
  width: 8,
  height: 8,
  fit: 'letterbox',
  anchor: 'centre',
  ground: 114,
};

/** A picture whose left half is dark and whose right half is bright. */
function halves(width: number, height: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = (i / 3) % width < width / 2 ? 10 : 200;
  return rgb;
}

/** The red values of one row. */
function row(view: Uint8Array, y: number): number[] {
  return Array.from({ length: 8 }, (_, x) => view[(y * 8 + x) * 3]!);
}

it('lays a wide picture into the middle of a letterbox, over its ground', () => {
  const view = new Uint8Array(8 * 8 * 3).fill(255);
  new ViewMaker().run(halves(16, 8), 16, 8, canvas, view);
  expect(row(view, 1)).toEqual(Array<number>(8).fill(114));
  expect(row(view, 2)).toEqual([10, 10, 10, 10, 200, 200, 200, 200]);
  expect(row(view, 5)).toEqual(row(view, 2));
  expect(row(view, 6)).toEqual(row(view, 1));
});

it('follows a change of the picture and of the view', () => {
  const views = new ViewMaker();
  const view = new Uint8Array(8 * 8 * 3);
  views.run(halves(16, 8), 16, 8, canvas, view);
  views.run(halves(16, 8), 16, 8, { ...canvas, anchor: 'corner' }, view);
  expect(row(view, 0)).toEqual([10, 10, 10, 10, 200, 200, 200, 200]);
  expect(row(view, 4)).toEqual(Array<number>(8).fill(114));
  views.run(halves(8, 16), 8, 16, canvas, view);
  expect(row(view, 0)).toEqual([114, 114, 10, 10, 200, 200, 114, 114]);
  views.run(halves(8, 16), 8, 16, 8, view);
  expect(row(view, 7)).toEqual([10, 10, 10, 10, 200, 200, 200, 200]);
});
