import { describe, expect, test } from 'vitest';
import {
  areaOf,
  centreOf,
  containment,
  grown,
  intersectionOverUnion,
  sharedArea,
  touchesEdge,
  type Box,
} from '../../../../operators/foundation/geometry/box.ts';

const square: Box = [0, 0, 10, 10];
const right: Box = [5, 0, 15, 10];
const inside: Box = [2, 2, 4, 6];
const away: Box = [20, 20, 30, 30];
const line: Box = [3, 3, 3, 9];

describe('a box', () => {
  test('has an area, which is 0 if it is empty or inverted', () => {
    expect([square, inside, line, [9, 9, 1, 1] as Box].map(areaOf)).toEqual([100, 8, 0, 0]);
  });

  test('overlaps another by a share of their union', () => {
    expect(sharedArea(square, right)).toBe(50);
    expect(intersectionOverUnion(square, right)).toBeCloseTo(50 / 150, 12);
    expect(intersectionOverUnion(right, square)).toBe(intersectionOverUnion(square, right));
    expect(intersectionOverUnion(square, square)).toBe(1);
  });

  test('overlaps no box beside it, at its edge, or without area', () => {
    for (const other of [away, [10, 0, 20, 10] as Box, line]) {
      expect(intersectionOverUnion(square, other)).toBe(0);
      expect(containment(other, square)).toBe(0);
    }
  });

  test('is contained by a share of its own area', () => {
    expect(containment(inside, square)).toBe(1);
    expect(containment(square, inside)).toBeCloseTo(0.08, 12);
  });

  test.each<[Box, boolean]>([
    [[2, 2, 8, 8], false],
    [[1.9, 2, 8, 8], true],
    [[2, -1, 8, 8], true],
    [[2, 2, 8.1, 8], true],
    [[2, 2, 8, 19], true],
  ])('%j touches the edge of a picture of 10 by 20, less a margin of 2: %s', (box, expected) => {
    expect(touchesEdge(box, 10, 20, 2)).toBe(expected);
  });

  test('grows by a share of its sides, and has a centre', () => {
    expect(grown(inside, 0.5)).toEqual([1, 0, 5, 8]);
    expect(centreOf(inside)).toEqual([3, 4]);
  });
});
