import type { Box } from '../../foundation/geometry/box.ts';
import { boundsOfEllipse, boundsOfPoints, boundsOfTurned } from '../shapes/bounds.ts';
import { boundsOfRuns } from '../shapes/run-lengths.ts';
import type { CvatShape } from './cvat-file.ts';

/** Most pixels of a mask. */
export const maskPixelsMax = 2 ** 40;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const cuboidCorners = ['tl1', 'bl1', 'tr1', 'br1', 'tl2', 'bl2', 'tr2', 'br2'];

export type Attributes = Readonly<Record<string, string>>;

/** Elements of pictures and tracks that have bounds. */
export const shapeElements = ['box', 'polygon', 'ellipse', 'mask', 'cuboid'];
/** Elements that have none. */
export const boundlessElements = ['points', 'polyline', 'skeleton', 'tag'];

/**
 * The shape of an element.
 *
 * @throws RangeError
 */
export function shapeOf(element: string, attributes: Attributes): CvatShape {
  const number = (name: string): number => numberOf(attributes, name);
  const degrees = (): number => (attributes['rotation'] === undefined ? 0 : number('rotation'));
  switch (element) {
    case 'box':
      return { kind: 'box', box: boxOf(attributes), degrees: degrees() };
    case 'ellipse': {
      const radii = [number('rx'), number('ry')] as const;
      if (Math.min(...radii) < 0) throw new RangeError('expected radii of 0 or more');
      return { kind: 'ellipse', centre: [number('cx'), number('cy')], radii, degrees: degrees() };
    }
    case 'polygon':
      return { kind: 'outline', bounds: polygonBounds(attributes) };
    case 'mask':
      return { kind: 'outline', bounds: maskBounds(attributes) };
    default: {
      const corners = cuboidCorners.flatMap((corner) => [
        number(`x${corner}`),
        number(`y${corner}`),
      ]);
      return { kind: 'outline', bounds: boundsOfPoints(corners)! };
    }
  }
}

/** Upright bounds of a shape. */
export function boundsOfShape(shape: CvatShape): Box {
  switch (shape.kind) {
    case 'box':
      return boundsOfTurned(shape.box, shape.degrees, 'centre');
    case 'ellipse':
      return boundsOfEllipse(shape.centre, shape.radii, shape.degrees);
    case 'outline':
      return shape.bounds;
  }
}

/** The text of an attribute. @throws RangeError without it. */
export function textOf(attributes: Attributes, name: string): string {
  const text = attributes[name]?.trim();
  if (text === undefined || text === '') throw new RangeError(`${name}: expected a text`);
  return text;
}

/** An attribute as a number. @throws RangeError */
export function numberOf(attributes: Attributes, name: string): number {
  return toNumber(attributes[name] ?? '', name);
}

/** An attribute as a number of frames or pixels. @throws RangeError */
export function wholeNumberOf(attributes: Attributes, name: string): number {
  return toWholeNumber(attributes[name] ?? '', name);
}

function toWholeNumber(text: string, name: string): number {
  const written = text.trim();
  const value = /^\d+$/.test(written) ? Number(written) : NaN;
  if (Number.isSafeInteger(value)) return value;
  const found = JSON.stringify(text.slice(0, 40));
  throw new RangeError(`${name}: expected a whole number of 0 or more, found ${found}`);
}

function toNumber(text: string, name: string): number {
  const written = text.trim();
  const value = decimal.test(written) ? Number(written) : NaN;
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name}: expected a number, found ${JSON.stringify(text.slice(0, 40))}`);
}

function boxOf(attributes: Attributes): Box {
  const [left, top, right, bottom] = ['xtl', 'ytl', 'xbr', 'ybr'].map((name) =>
    numberOf(attributes, name),
  ) as [number, number, number, number];
  if (left <= right && top <= bottom) return [left, top, right, bottom];
  const found = [left, top, right, bottom].join(', ');
  throw new RangeError(`expected xtl <= xbr and ytl <= ybr, found ${found}`);
}

function polygonBounds(attributes: Attributes): Box {
  const points = textOf(attributes, 'points').split(';');
  if (points.length < 3) throw new RangeError('points: expected 3 points or more');
  const coordinates = points.flatMap((point) => {
    const pair = point.split(',');
    if (pair.length !== 2) throw new RangeError('points: expected x,y;x,y;x,y');
    return pair.map((value) => toNumber(value, 'points'));
  });
  return boundsOfPoints(coordinates)!;
}

/** CVAT stores the rows of a mask inside of its own box. */
function maskBounds(attributes: Attributes): Box {
  const [left, top] = [numberOf(attributes, 'left'), numberOf(attributes, 'top')];
  const width = wholeNumberOf(attributes, 'width');
  const height = wholeNumberOf(attributes, 'height');
  if (width * height === 0 || width * height > maskPixelsMax) {
    throw new RangeError(`expected a mask with pixels, found ${width}×${height}`);
  }
  const counts = textOf(attributes, 'rle')
    .split(',')
    .map((count) => toWholeNumber(count, 'rle'));
  const bounds = boundsOfRuns(counts, width, height);
  if (bounds === null) throw new RangeError('rle: expected a pixel of the object');
  return [left + bounds[0], top + bounds[1], left + bounds[2], top + bounds[3]];
}
