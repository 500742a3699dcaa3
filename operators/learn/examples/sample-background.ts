import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';

/** Sizes of a place, as the geometric mean of its sides: shares of the picture's side. */
const placeSizes = { least: 1 / 40, most: 1 / 3 };
/** Sizes of a part likewise: shares of the geometric mean of its object's sides. */
const partSizes = { least: 0.25, most: 0.6 };
/** How far width and height may be apart: the larger is at most so many times the smaller. */
const ratioMax = 2;
/** A picture full of things has no room: it is not searched for ever. */
const triesEach = 8;

/** How places are drawn. */
export interface DrawOptions {
  /** Most that are drawn; fewer where there is little room. */
  readonly count: number;
  /** What none of them may touch. */
  readonly away: readonly Box[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Boxes of random size and shape at random places of a square picture: what there is besides things. */
export function drawPlaces(side: number, options: DrawOptions): Box[] {
  const { least, most } = placeSizes;
  return draw([0, 0, side, side], { least: side * least, most: side * most }, options);
}

/** The same within the box of an object: what its parts look like. */
export function drawParts(whole: Box, options: DrawOptions): Box[] {
  const size = Math.sqrt((whole[2] - whole[0]) * (whole[3] - whole[1]));
  const { least, most } = partSizes;
  return draw(whole, { least: size * least, most: size * most }, options);
}

/** Sizes are as likely on each octave. */
function draw(
  [x0, y0, x1, y1]: Box,
  { least, most }: { readonly least: number; readonly most: number },
  { count, away, random }: DrawOptions,
): Box[] {
  const drawn: Box[] = [];
  for (let tries = count * triesEach; tries > 0 && drawn.length < count; tries--) {
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
