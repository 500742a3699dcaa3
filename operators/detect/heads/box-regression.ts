import type { Box } from '../../foundation/geometry/box.ts';
import type { Head } from './head.ts';

/** How far the edges of an object lie from those of a box, to the right and down, as shares of the box's width and height. */
export type BoxOffsets = readonly [left: number, top: number, right: number, bottom: number];

/** No edge is moved by more of the box's side: what a look says of what lies farther off is a guess. */
const offsetMax = 0.4;

/** What turns `box` into `object`. */
export function offsetsOf(box: Box, object: Box): BoxOffsets {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  return [
    (object[0] - box[0]) / width,
    (object[1] - box[1]) / height,
    (object[2] - box[2]) / width,
    (object[3] - box[3]) / height,
  ];
}

/** `box` with its edges moved, within a picture of this width and height; null moves none. */
export function moveBox(
  box: Box,
  offsets: BoxOffsets | null,
  { width, height }: { readonly width: number; readonly height: number },
): Box {
  if (offsets === null) return box;
  const [x0, y0, x1, y1] = box;
  const [left, top, right, bottom] = offsets;
  const [across, down] = [x1 - x0, y1 - y0];
  const within = (value: number, most: number) => Math.min(most, Math.max(0, value));
  return [
    within(x0 + left * across, width),
    within(y0 + top * down, height),
    within(x1 + right * across, width),
    within(y1 + bottom * down, height),
  ];
}

/**
 * What a look at a box says of where the object ends, at most 0.4 a side; null for a head that has not learned it.
 * `look`: lookLatentLength values. "Rich feature hierarchies", Girshick et al., 2014, appendix C, but for all classes alike.
 */
export function regressBox({ box }: Pick<Head, 'box'>, look: Float32Array): BoxOffsets | null {
  if (box === undefined) return null;
  const { weights, bias, length } = box;
  const offsets = [0, 1, 2, 3].map((edge) => {
    let sum = bias[edge]!;
    for (let i = 0; i < length; i++) sum += weights[edge * length + i]! * look[i]!;
    return Math.min(offsetMax, Math.max(-offsetMax, sum));
  });
  return offsets as unknown as BoxOffsets;
}
