import { areaOf, type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import type { Proposal } from './view-rows.ts';

/** Base heat from which a proposal may be an object without a label so far. */
export const candidateHeat = 0.15;
/** Base heat from which a detection of a live scene counts as a base class. */
export const sureHeat = 0.5;
/** Empty places sampled in a live scene, and parts sampled of each of its negatives. */
const placesMax = 8;
const partsPerObject = 1;

/** Size of a place, the geometric mean of its sides, as a share of the picture's side. */
const placeSizes = { least: 1 / 40, most: 1 / 3 };
/** Size of a part, as a share of the geometric mean of its object's sides. */
const partSizes = { least: 0.25, most: 0.6 };
/** Largest ratio of the longer side to the shorter. */
const ratioMax = 2;
/** Bounds the search for free places in a crowded picture. */
const triesPerPlace = 8;

/** Options of {@link drawPlaces} and {@link drawParts}. */
export interface DrawOptions {
  /** Most places to draw; fewer if there is little room. */
  readonly count: number;
  /** Boxes that no place may touch. */
  readonly away: readonly Box[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Samples places of a live scene away from all proposals and parts of confidently detected base
 * objects. Without them, base objects would be the only negatives, and most other things would
 * resemble the classes.
 */
export function sampleNegativePlaces(
  picture: Box,
  scene: {
    readonly known: readonly Box[];
    readonly proposals: readonly Proposal[];
    /** The proposals that are negatives. */
    readonly negatives: readonly Proposal[];
  },
  random: () => number,
): Box[] {
  const { known, proposals, negatives } = scene;
  const boxesOf = (peaks: readonly Proposal[]) => peaks.map(({ box }) => box);
  const away = [...known, ...boxesOf(proposals)];
  const places = drawPlaces(picture, { count: placesMax, away, random });
  // The peak of a part is weak; a stronger one belongs to another object in front of this one.
  const others = proposals.filter(({ heat }) => heat >= candidateHeat && heat < sureHeat);
  const notParts = [...known, ...boxesOf(others)];
  const parts = negatives.flatMap(({ box }) =>
    drawParts(box, { count: partsPerObject, away: notParts, random }),
  );
  return [...places, ...parts];
}

/** Draws boxes of random size, shape and position within a picture's place in its view. */
export function drawPlaces(picture: Box, options: DrawOptions): Box[] {
  const side = Math.sqrt(areaOf(picture));
  const { least, most } = placeSizes;
  return draw(picture, { least: side * least, most: side * most }, options);
}

/** Draws boxes of random size, shape and position within the box of an object. */
export function drawParts(whole: Box, options: DrawOptions): Box[] {
  const size = Math.sqrt((whole[2] - whole[0]) * (whole[3] - whole[1]));
  const { least, most } = partSizes;
  return draw(whole, { least: size * least, most: size * most }, options);
}

/** Sizes are log-uniform. */
function draw(
  [x0, y0, x1, y1]: Box,
  { least, most }: { readonly least: number; readonly most: number },
  { count, away, random }: DrawOptions,
): Box[] {
  const drawn: Box[] = [];
  for (let tries = count * triesPerPlace; tries > 0 && drawn.length < count; tries--) {
    const size = least * (most / least) ** random();
    const stretch = ratioMax ** (random() - 0.5);
    const width = Math.min(x1 - x0, size * stretch);
    const height = Math.min(y1 - y0, size / stretch);
    const left = x0 + random() * (x1 - x0 - width);
    const top = y0 + random() * (y1 - y0 - height);
    const place: Box = [left, top, left + width, top + height];
    if (!away.some((box) => intersectionOverUnion(box, place) > 0)) drawn.push(place);
  }
  return drawn;
}
