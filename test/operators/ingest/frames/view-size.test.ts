import { describe, expect, it } from 'vitest';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import {
  boxToSource,
  boxToView,
  describeView,
  isSameView,
  placeInView,
  viewBytes,
  type ViewCanvas,
  type ViewSize,
} from '../../../../operators/ingest/frames/view-size.ts';

const letterbox: ViewCanvas = {
  width: 416,
  height: 416,
  fit: 'letterbox',
  anchor: 'centre',
  ground: 114,
};
const views: readonly ViewSize[] = [
  320,
  letterbox,
  { ...letterbox, anchor: 'corner' },
  { ...letterbox, width: 640, height: 384 },
  { ...letterbox, width: 300, height: 512, fit: 'stretch' },
];

describe('views', () => {
  it('stretches a picture over a square', () => {
    expect(placeInView(320, 768, 576)).toEqual({ left: 0, top: 0, width: 320, height: 320 });
  });

  it('keeps the shape of a letterboxed picture, in the middle or at the top left', () => {
    const middle = { left: 0, top: 52, width: 416, height: 312 };
    expect(placeInView(letterbox, 768, 576)).toEqual(middle);
    expect(placeInView({ ...letterbox, anchor: 'corner' }, 768, 576)).toEqual({
      ...middle,
      top: 0,
    });
    expect(placeInView(letterbox, 576, 768)).toEqual({ left: 52, top: 0, width: 312, height: 416 });
  });

  it('enlarges a small picture, and keeps a pixel of the thinnest', () => {
    expect(placeInView(letterbox, 8, 4)).toMatchObject({ width: 416, height: 208 });
    expect(placeInView(letterbox, 10_000, 1)).toMatchObject({ width: 416, height: 1 });
  });

  it.each(views)('maps boxes to view %# and back', (viewSize) => {
    for (const [sourceWidth, sourceHeight] of [
      [768, 576],
      [101, 999],
      [1920, 1080],
    ] as const) {
      const view = { viewSize, sourceWidth, sourceHeight };
      const box: Box = [3, 5, sourceWidth * 0.7, sourceHeight * 0.4];
      const back = boxToSource(boxToView(box, view), view);
      for (const [i, side] of back.entries()) expect(side).toBeCloseTo(box[i]!, 6);
      const whole = boxToView([0, 0, sourceWidth, sourceHeight], view);
      const { left, top, width, height } = placeInView(viewSize, sourceWidth, sourceHeight);
      const place = [left, top, left + width, top + height];
      for (const [i, side] of whole.entries()) expect(side).toBeCloseTo(place[i]!, 6);
    }
  });

  it('knows its bytes', () => {
    expect(viewBytes(320)).toBe(320 * 320 * 3);
    expect(viewBytes({ ...letterbox, height: 32 })).toBe(416 * 32 * 3);
    expect(describeView(letterbox)).toBe('416 × 416, letterboxed');
  });

  it('compares how views are made', () => {
    expect(isSameView(416, { ...letterbox, fit: 'stretch' })).toBe(true);
    expect(isSameView(416, letterbox)).toBe(false);
    expect(isSameView(letterbox, { ...letterbox })).toBe(true);
    expect(isSameView(letterbox, { ...letterbox, ground: 0 })).toBe(false);
  });
});
