import type { Box } from '../../foundation/geometry/box.ts';

/** Bounds of points `x, y, x, y …`; null without a point. */
export function boundsOfPoints(coordinates: readonly number[]): Box | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < coordinates.length; i += 2) {
    const [x, y] = [coordinates[i]!, coordinates[i + 1]!];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return left > right ? null : [left, top, right, bottom];
}

/** Bounds of a box that is turned clockwise, in a picture with y downwards. */
export function boundsOfTurned(box: Box, degrees: number, around: 'centre' | 'top-left'): Box {
  if (degrees % 360 === 0) return box;
  const [left, top, right, bottom] = box;
  const pivotX = around === 'centre' ? (left + right) / 2 : left;
  const pivotY = around === 'centre' ? (top + bottom) / 2 : top;
  const { cos, sin } = turn(degrees);
  const corners = [left, top, right, top, right, bottom, left, bottom];
  const turned: number[] = [];
  for (let i = 0; i < corners.length; i += 2) {
    const [x, y] = [corners[i]! - pivotX, corners[i + 1]! - pivotY];
    turned.push(pivotX + x * cos - y * sin, pivotY + x * sin + y * cos);
  }
  return boundsOfPoints(turned)!;
}

/** Bounds of an ellipse that is turned clockwise around its centre. */
export function boundsOfEllipse(
  [x, y]: readonly [number, number],
  [radiusX, radiusY]: readonly [number, number],
  degrees: number,
): Box {
  const { cos, sin } = turn(degrees);
  const halfWidth = Math.hypot(radiusX * cos, radiusY * sin);
  const halfHeight = Math.hypot(radiusX * sin, radiusY * cos);
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

/** Exact for quarter turns. */
function turn(degrees: number): { cos: number; sin: number } {
  const quarters = degrees / 90;
  if (Number.isInteger(quarters)) {
    const [cos, sin] = [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ][((quarters % 4) + 4) % 4]! as [number, number];
    return { cos, sin };
  }
  const angle = (degrees * Math.PI) / 180;
  return { cos: Math.cos(angle), sin: Math.sin(angle) };
}
