import type { Box } from '../../foundation/geometry/box.ts';
import { parseEntry } from '../long-files/parse-entry.ts';
import { boundsOfPoints, boundsOfTurned } from '../shapes/bounds.ts';
import { boundsOfCocoRuns, decodeRuns } from '../shapes/run-lengths.ts';
import {
  cocoAttributesSchema,
  cocoBoxSchema,
  cocoMaskSchema,
  cocoOutlinesSchema,
  type CocoAnnotation,
} from './coco-entries.ts';

/** How far outline and box may lie apart, in pixels, and still be of one object as it stands. */
const tolerance = 2;

/**
 * The upright bounds of an annotation: its `bbox`, turned by `attributes.rotation` (CVAT: degrees
 * clockwise around the centre), or those of its `segmentation` where it has no `bbox`.
 *
 * @throws What `fail` makes of the place and what was expected there.
 */
export function boxOfAnnotation(
  { bbox, segmentation, attributes }: CocoAnnotation,
  place: string,
  fail: (message: string) => Error,
): Box {
  if (isEmpty(bbox)) {
    if (isEmpty(segmentation)) throw fail(`${place}.bbox: expected a box or a segmentation`);
    const bounds = boundsOfSegmentation(segmentation, `${place}.segmentation`, fail);
    if (bounds !== null) return bounds;
    throw fail(`${place}.segmentation: expected a mask with a pixel, or a bbox`);
  }
  const [x, y, width, height] = parseEntry(cocoBoxSchema, bbox, `${place}.bbox`, fail);
  const box: Box = [x, y, x + width, y + height];
  const degrees = rotationOf(attributes, place, fail);
  if (degrees % 360 === 0) return box;
  const turned = boundsOfTurned(box, degrees, 'centre');
  if (isEmpty(segmentation)) return turned;
  // With an outline, the box may already be the bounds of what was turned.
  const outline = boundsOfSegmentation(segmentation, `${place}.segmentation`, fail);
  if (outline === null || near(outline, turned)) return turned;
  if (near(outline, box)) return box;
  const readings = [box, turned, outline].map((each) => each.map(Math.round).join(','));
  throw fail(
    `${place}: expected one box, found ${readings[0]!} (bbox), ${readings[1]!} (bbox with ` +
      `attributes.rotation) and ${readings[2]!} (segmentation)`,
  );
}

function rotationOf(attributes: unknown, place: string, fail: (message: string) => Error): number {
  // Other tools have lists of names there.
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) return 0;
  return parseEntry(cocoAttributesSchema, attributes, `${place}.attributes`, fail).rotation ?? 0;
}

function boundsOfSegmentation(
  segmentation: unknown,
  place: string,
  fail: (message: string) => Error,
): Box | null {
  if (Array.isArray(segmentation)) {
    return boundsOfPoints(parseEntry(cocoOutlinesSchema, segmentation, place, fail).flat());
  }
  const { size, counts } = parseEntry(cocoMaskSchema, segmentation, place, fail);
  try {
    return boundsOfCocoRuns(typeof counts === 'string' ? decodeRuns(counts) : counts, size);
  } catch (cause) {
    if (cause instanceof RangeError) throw fail(`${place}.counts: ${cause.message}`);
    throw cause;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function near(a: Box, b: Box): boolean {
  return a.every((value, side) => Math.abs(value - b[side]!) <= tolerance);
}
