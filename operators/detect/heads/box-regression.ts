import type { Box } from '../../foundation/geometry/box.ts';
import type { Head } from './head.ts';

/**
 * Distances from the edges of a box to those of an object, positive to the right and down, as
 * shares of the box's width and height.
 */
export type BoxOffsets = readonly [left: number, top: number, right: number, bottom: number];

/** Largest offset: the crop does not show what lies farther away. */
const offsetMax = 0.4;

/** The offsets that move `box` to `object`. */
export function offsetsOf(box: Box, object: Box): BoxOffsets {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  return [
    (object[0] - box[0]) / width,
    (object[1] - box[1]) / height,
    (object[2] - box[2]) / width,
    (object[3] - box[3]) / height,
  ];
}

/** Moves the edges of `box` by `offsets`, clipped to a picture; null leaves it as it is. */
export function moveBox(
  box: Box,
  offsets: BoxOffsets | null,
  { width, height }: { readonly width: number; readonly height: number },
): Box {
  if (offsets === null) return box;
  const [x0, y0, x1, y1] = box;
  const [left, top, right, bottom] = offsets;
  const [across, down] = [x1 - x0, y1 - y0];
  const within = (value: number, max: number) => Math.min(max, Math.max(0, value));
  return [
    within(x0 + left * across, width),
    within(y0 + top * down, height),
    within(x1 + right * across, width),
    within(y1 + bottom * down, height),
  ];
}

/**
 * Predicts the offsets of a box from its crop embedding, at most 0.4 per edge; null if the head has
 * no box layer. Bounding-box regression as in "Rich feature hierarchies", Girshick et al., 2014,
 * appendix C, but one for all classes.
 */
export function regressBox({ box }: Pick<Head, 'box'>, embedding: Float32Array): BoxOffsets | null {
  if (box === undefined) return null;
  const { weights, bias, length } = box;
  const offsets = [0, 1, 2, 3].map((edge) => {
    let sum = bias[edge]!;
    for (let i = 0; i < length; i++) sum += weights[edge * length + i]! * embedding[i]!;
    return Math.min(offsetMax, Math.max(-offsetMax, sum));
  });
  return offsets as unknown as BoxOffsets;
}
