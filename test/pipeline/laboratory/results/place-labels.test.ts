import { expect, test } from 'vitest';
import {
  placeBesideDots,
  spreadLabels,
} from '../../../../pipeline/laboratory/results/place-labels.ts';

test('labels of a column stay in order, apart and within the bounds', () => {
  const wanted = [100, 101, 20, 399, 102, 400];
  const placed = spreadLabels(wanted, { gap: 16, top: 10, bottom: 400 });
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const heights = order.map((i) => placed[i]!);
  expect(heights[0]).toBe(20);
  for (const [i, height] of heights.entries()) {
    if (i > 0) expect(height - heights[i - 1]!).toBeGreaterThanOrEqual(16);
    expect(height).toBeGreaterThanOrEqual(10);
    expect(height).toBeLessThanOrEqual(400);
  }
});

test('colliding labels move up and down by equal amounts', () => {
  expect(spreadLabels([100, 100], { gap: 16, top: 0, bottom: 300 })).toEqual([92, 108]);
  expect(spreadLabels([100, 104, 104], { gap: 10, top: 0, bottom: 300 })[1]).toBeCloseTo(102.67, 1);
});

test('a label without collisions keeps its wanted height', () => {
  expect(spreadLabels([50, 200], { gap: 16, top: 0, bottom: 300 })).toEqual([50, 200]);
});

test('labels of dots overlap neither each other nor dots, and stay within the bounds', () => {
  const dots = [
    { x: 95, y: 50, width: 40, height: 14 },
    { x: 90, y: 52, width: 40, height: 14 },
    { x: 20, y: 20, width: 40, height: 14 },
  ];
  const others = [{ x: 40, y: 20 }];
  const areas = placeBesideDots(dots, others, [0, 0, 110, 110]);
  const overlaps = (a: readonly number[], b: readonly number[]) =>
    Math.min(a[2]!, b[2]!) > Math.max(a[0]!, b[0]!) &&
    Math.min(a[3]!, b[3]!) > Math.max(a[1]!, b[1]!);
  for (const [i, area] of areas.entries()) {
    expect(area[0]).toBeGreaterThanOrEqual(0);
    expect(area[2]).toBeLessThanOrEqual(110);
    for (const other of areas.slice(i + 1)) expect(overlaps(area, other)).toBe(false);
    for (const { x, y } of [...dots, ...others]) {
      expect(overlaps(area, [x - 3, y - 3, x + 3, y + 3])).toBe(false);
    }
  }
});

test('a single dot has its label to the right', () => {
  const [area] = placeBesideDots([{ x: 50, y: 50, width: 30, height: 10 }], [], [0, 0, 200, 200]);
  expect(area).toEqual([58, 45, 88, 55]);
});
