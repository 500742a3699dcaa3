import type { Box } from '../../foundation/geometry/box.ts';
import { boundsOfPoints } from '../shapes/bounds.ts';
import { areShares } from './label-lines.ts';

/** One way to read the numbers behind the class of a label line. */
export interface LineReading {
  /** In words, for messages. */
  readonly words: string;
  /** The box relative to the picture; null where the numbers cannot be read this way. */
  boxOf(values: readonly number[]): Box | null;
  /** Whether the object looks like one that is meant; called only where `boxOf` gives a box. */
  isLikely(values: readonly number[]): boolean;
}

/** A box of a likely object may exceed the picture by this share, due to rounding. */
const slack = 0.02;
/** The sums of opposite corners of a rectangle may differ by this much, due to rounding. */
const cornerSlack = 0.01;
const nowhere: Box = [-1, -1, -1, -1];
/** A keypoint may lie outside of its box by this share of a side. */
const keypointSlack = 0.1;

/** `x y w h`, also followed by a confidence, a track id or both. */
export const detectReading: LineReading = {
  words: 'boxes, with a confidence or track id behind them where there are more than 4 values',
  boxOf: (values) => (values.length >= 4 && isTail(values.slice(4)) ? centredBox(values) : null),
  isLikely: (values) => isInside(corners(values)),
};

/** `x1 y1 x2 y2 …` of 3 points or more, and plain boxes among them, as some tools mix the two. */
export const outlineReading: LineReading = {
  words: 'outlines of points',
  boxOf: (values) => {
    if (values.length === 4) return centredBox(values);
    return values.length >= 6 && values.length % 2 === 0 ? boundsOf(values) : null;
  },
  isLikely: (values) =>
    values.length === 4
      ? isInside(corners(values))
      : isInside(boundsOf(values) ?? nowhere) && isSimple(values),
};

/** Predicted outlines: `x1 y1 x2 y2 … confidence`, also with a track id behind it. */
export const scoredOutlineReading: LineReading = {
  words: 'outlines of points, each with a confidence behind it',
  boxOf: (values) => {
    // Not among plain boxes: there, two lines run together are more likely.
    if (values.length < 7) return null;
    const points = outlineOf(values);
    return isTail(values.slice(points.length)) ? boundsOf(points) : null;
  },
  isLikely: (values) => {
    const points = outlineOf(values);
    return values.length >= 7 && isInside(boundsOf(points) ?? nowhere) && isSimple(points);
  },
};

/** The 4 corners of an oriented box, also with a confidence and a track id behind them. */
export const orientedReading: LineReading = {
  words: 'the 4 corners of oriented boxes',
  boxOf: (values) =>
    values.length >= 8 && isTail(values.slice(8)) ? boundsOf(values.slice(0, 8)) : null,
  isLikely: (values) => {
    const [x0, y0, x1, y1, x2, y2, x3, y3] = values as readonly number[] & { length: 8 };
    // Corners of a rectangle, even a stretched one: no other numbers agree like this by chance.
    const agree = Math.abs(x0! + x2! - x1! - x3!) + Math.abs(y0! + y2! - y1! - y3!);
    return agree < cornerSlack && isInside(boundsOf(values.slice(0, 8)) ?? nowhere);
  },
};

/**
 * `x y w h` and the keypoints of `kpt_shape`, each `x y` or `x y visibility`; predictions also have
 * a confidence and a track id behind them, which only a `declared` shape tells from keypoints.
 */
export function poseReading(keypoints: number, values: 2 | 3, declared = false): LineReading {
  const length = 4 + keypoints * values;
  const pointsOf = (line: readonly number[]): (readonly number[])[] =>
    Array.from({ length: keypoints }, (_, i) => line.slice(4 + i * values, 4 + (i + 1) * values));
  const isFlag = (flag: number | undefined): boolean =>
    flag === undefined || flag === 2 || isConfidence(flag);
  return {
    words: `boxes with ${keypoints} keypoints of ${values} values`,
    boxOf: (line) => {
      const tail = line.slice(length);
      if (line.length < length || !(declared ? isTail(tail) : tail.length === 0)) return null;
      const fits = pointsOf(line).every(([x, y, flag]) => areShares([x!, y!]) && isFlag(flag));
      return fits ? centredBox(line) : null;
    },
    isLikely: (line) => {
      const [x0, y0, x1, y1] = corners(line);
      const [dx, dy] = [(x1 - x0) * keypointSlack, (y1 - y0) * keypointSlack];
      const points = pointsOf(line);
      // A third value that is a whole number in every place is a flag, wherever the points are.
      if (values === 3 && points.every(([, , flag]) => Number.isInteger(flag))) return true;
      const shown = points.filter(([x, y, flag]) => flag !== 0 && (x !== 0 || y !== 0));
      return (
        isInside([x0, y0, x1, y1]) &&
        shown.every(([x, y]) => x! >= x0 - dx && x! <= x1 + dx && y! >= y0 - dy && y! <= y1 + dy)
      );
    },
  };
}

/** Whether numbers behind an object are none, a confidence, a track id, or both in this order. */
function isTail(tail: readonly number[]): boolean {
  const [first, second] = tail;
  if (first === undefined) return true;
  const isId = (value: number): boolean => Number.isInteger(value) && value >= 0;
  if (second === undefined) return isConfidence(first) || isId(first);
  return tail.length === 2 && isConfidence(first) && isId(second);
}

function isConfidence(value: number): boolean {
  return value >= 0 && value <= 1;
}

/** The points of a predicted outline, without the confidence and the track id behind them. */
function outlineOf(values: readonly number[]): readonly number[] {
  return values.slice(0, values.length % 2 === 1 ? -1 : -2);
}

function centredBox(values: readonly number[]): Box | null {
  return values[2]! < 0 || values[3]! < 0 ? null : corners(values);
}

function corners(values: readonly number[]): Box {
  const [cx, cy, width, height] = values as readonly [number, number, number, number];
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
}

function boundsOf(points: readonly number[]): Box | null {
  return areShares(points) ? boundsOfPoints(points) : null;
}

function isInside(box: Box): boolean {
  return box.every((value) => value >= -slack && value <= 1 + slack);
}

/** Whether no two sides of a polygon cross. */
function isSimple(points: readonly number[]): boolean {
  const count = points.length / 2;
  for (let a = 0; a < count; a++) {
    for (let b = a + 2; b < count; b++) {
      if (a === 0 && b === count - 1) continue;
      if (cross(points, a, b)) return false;
    }
  }
  return true;
}

function cross(points: readonly number[], a: number, b: number): boolean {
  const count = points.length / 2;
  const at = (i: number): readonly [number, number] => [
    points[(i % count) * 2]!,
    points[(i % count) * 2 + 1]!,
  ];
  const turn = (p: readonly number[], q: readonly number[], r: readonly number[]): number =>
    Math.sign((q[0]! - p[0]!) * (r[1]! - p[1]!) - (q[1]! - p[1]!) * (r[0]! - p[0]!));
  const [p, q, r, s] = [at(a), at(a + 1), at(b), at(b + 1)];
  return turn(p, q, r) * turn(p, q, s) < 0 && turn(r, s, p) * turn(r, s, q) < 0;
}
