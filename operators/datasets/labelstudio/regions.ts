import { z } from 'zod';
import type { Box } from '../../foundation/geometry/box.ts';
import { parseEntry } from '../long-files/parse-entry.ts';
import { boundsOfEllipse, boundsOfPoints, boundsOfTurned } from '../shapes/bounds.ts';

/** A labelled region of a picture. */
export interface Region {
  readonly label: string;
  /** As shares of the sides of the picture, 0 to 1. */
  readonly box: Box;
}

/** The regions of one annotation. */
export interface Regions {
  readonly regions: readonly Region[];
  /** Size of the picture; null if the file does not say. */
  readonly stated: { readonly width: number; readonly height: number } | null;
  /** Regions without a box or a label, by kind. */
  readonly leftOut: readonly string[];
}

const percent = z.number();
const length = z.number().min(0, 'expected a length of 0 or more');
const angle = z.number().nullish();
const rectangleSchema = z.object({
  x: percent,
  y: percent,
  width: length,
  height: length,
  rotation: angle,
});
const ellipseSchema = z.object({
  x: percent,
  y: percent,
  radiusX: length,
  radiusY: length,
  rotation: angle,
});
const polygonSchema = z.object({
  points: z.array(z.tuple([percent, percent])).min(3, 'expected 3 points or more'),
});
const labelsSchema = z.array(z.string().trim().min(1)).nullish();
const size = z.number().positive().nullish();
const resultSchema = z.looseObject({
  id: z.string().nullish(),
  type: z.string(),
  to_name: z.string().nullish(),
  original_width: size,
  original_height: size,
  image_rotation: z.number().nullish(),
  item_index: z.number().nullish(),
  value: z.record(z.string(), z.unknown()).nullish(),
});

const shapes = ['rectangle', 'ellipse', 'polygon'] as const;
/** Results that describe a picture or a region and are no regions themselves. */
const descriptions = new Set([
  'choices',
  'datetime',
  'labels',
  'number',
  'pairwise',
  'ranker',
  'rating',
  'relation',
  'taxonomy',
  'textarea',
]);

type Fail = (message: string) => Error;
type Result = z.output<typeof resultSchema>;

/**
 * The regions of the `result` of an annotation: rectangles (turned by degrees clockwise around
 * their left upper corner), ellipses and polygons, in percent of the picture.
 *
 * @param place Of the result in its file.
 * @throws What `fail` makes of a place and what was expected there.
 */
export function regionsOf(results: readonly unknown[], place: string, fail: Fail): Regions {
  const parsed = results.map((each, i) => {
    const where = `${place}.${i}`;
    return { result: parseEntry(resultSchema, each, where, fail), where };
  });
  // With <Rectangle> and <Labels> a region and its label are two results of one id.
  const labelsById = new Map<string, unknown>();
  for (const { result } of parsed) {
    const { id, type, value } = result;
    if (type === 'labels' && typeof id === 'string') labelsById.set(id, value?.['labels']);
  }
  const regions: Region[] = [];
  const leftOut: string[] = [];
  let picture: Result | null = null;
  for (const { result, where } of parsed) {
    const shape = shapes.find((each) => result.type === each || result.type === `${each}labels`);
    if (shape === undefined) {
      if (!descriptions.has(result.type)) leftOut.push(result.type.slice(0, 40));
      continue;
    }
    picture ??= result;
    checkPicture(result, picture, where, fail);
    const value = result.value ?? {};
    const own = value[`${shape}labels`] ?? value['labels'] ?? labelsById.get(result.id ?? '');
    const labels = parseEntry(labelsSchema, own, `${where}.value.labels`, fail) ?? [];
    const box = boxOf(shape, result, where, fail);
    if (labels.length > 1) {
      const found = labels.map((label) => JSON.stringify(label.slice(0, 80))).join(', ');
      throw fail(`${where}: expected one label for a region, found ${found}`);
    }
    if (labels.length === 0) leftOut.push(`${shape} without a label`);
    else regions.push({ label: labels[0]!, box });
  }
  return { regions, stated: picture === null ? null : statedBy(picture), leftOut };
}

/** All regions must be of one picture as it is stored, not turned in the labelling tool. */
function checkPicture(result: Result, first: Result, where: string, fail: Fail): void {
  const { image_rotation: rotation, item_index: item } = result;
  if ((rotation ?? 0) % 360 !== 0) {
    throw fail(
      `${where}.image_rotation: expected 0, found ${rotation}: turn the picture back in Label ` +
        'Studio, or turn its file',
    );
  }
  const sameName = (result.to_name ?? null) === (first.to_name ?? null);
  if (!sameName || (item ?? 0) !== 0) throw fail(`${where}: expected one picture for each task`);
  const [stated, other] = [statedBy(result), statedBy(first)];
  if (stated?.width === other?.width && stated?.height === other?.height) return;
  throw fail(`${where}: expected the original_width and original_height of the other regions`);
}

function statedBy(result: Result): { width: number; height: number } | null {
  const { original_width: width, original_height: height } = result;
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : null;
}

function boxOf(shape: (typeof shapes)[number], result: Result, where: string, fail: Fail): Box {
  const place = `${where}.value`;
  const { value } = result;
  if (shape === 'polygon') {
    const { points } = parseEntry(polygonSchema, value, place, fail);
    return scaled(boundsOfPoints(points.flat())!, 0.01, 0.01);
  }
  if (shape === 'ellipse') {
    const { x, y, radiusX, radiusY, rotation } = parseEntry(ellipseSchema, value, place, fail);
    const box: Box = [x - radiusX, y - radiusY, x + radiusX, y + radiusY];
    return turnedInPixels(box, rotation ?? 0, result, place, fail, ([x0, y0, x1, y1], degrees) =>
      boundsOfEllipse([(x0 + x1) / 2, (y0 + y1) / 2], [(x1 - x0) / 2, (y1 - y0) / 2], degrees),
    );
  }
  const { x, y, width, height, rotation } = parseEntry(rectangleSchema, value, place, fail);
  const box: Box = [x, y, x + width, y + height];
  return turnedInPixels(box, rotation ?? 0, result, place, fail, (pixels, degrees) =>
    boundsOfTurned(pixels, degrees, 'top-left'),
  );
}

/** Percent are of another length in each direction, so that angles only hold in pixels. */
function turnedInPixels(
  percents: Box,
  degrees: number,
  result: Result,
  place: string,
  fail: Fail,
  turn: (box: Box, degrees: number) => Box,
): Box {
  if (degrees % 360 === 0) return scaled(percents, 0.01, 0.01);
  const stated = statedBy(result);
  if (stated === null) {
    throw fail(`${place}.rotation: expected original_width and original_height beside it`);
  }
  const { width, height } = stated;
  return scaled(turn(scaled(percents, width / 100, height / 100), degrees), 1 / width, 1 / height);
}

function scaled([left, top, right, bottom]: Box, x: number, y: number): Box {
  return [left * x, top * y, right * x, bottom * y];
}
