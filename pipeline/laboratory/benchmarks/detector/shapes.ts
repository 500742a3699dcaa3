import type { ViewCanvas } from '../../../../operators/ingest/frames/view-size.ts';

/** Sides of the built-in detector's input are multiples of this, in pixels. */
const step = 32;
/** What a canvas may lack of the pixels of the square, as a share. */
const lossMax = 0.1;

/** How pictures are laid onto a view of as many pixels as a square. */
export const shapes = {
  /** The whole square, as the product does. */
  square: (side: number): ViewCanvas => canvas(side, side, 'stretch'),
  letterbox: (side: number): ViewCanvas => canvas(side, side, 'letterbox'),
  /** A canvas of nearly the picture's proportions. */
  own: (side: number, width: number, height: number): ViewCanvas =>
    canvas(...nearestSides(side, width / height), 'stretch'),
} as const;

export type Shape = keyof typeof shapes;

/** The sides of at most `side`² pixels whose proportions are nearest to `aspect`. */
function nearestSides(side: number, aspect: number): readonly [number, number] {
  let best: readonly [number, number] = [side, side];
  let least = Infinity;
  for (let width = step; width <= 4 * side; width += step) {
    for (let height = step; width * height <= side * side; height += step) {
      if (width * height < (1 - lossMax) * side * side) continue;
      const off = Math.abs(Math.log(width / height / aspect));
      if (off < least) [best, least] = [[width, height], off];
    }
  }
  return best;
}

function canvas(width: number, height: number, fit: ViewCanvas['fit']): ViewCanvas {
  return { width, height, fit, anchor: 'centre', ground: 114 };
}
