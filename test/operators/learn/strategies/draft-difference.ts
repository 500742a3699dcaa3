import { expect } from 'vitest';
import type { HeadDraft } from '../../../../operators/learn/strategy.ts';

/**
 * Largest difference between two drafts' weights, relative to their largest weight; classes in any
 * order.
 */
export function draftDifference(a: HeadDraft, b: HeadDraft): number {
  const names = [...a.classes].sort();
  expect([...b.classes].sort()).toEqual(names);
  const [x, y] = [numbersOf(a, names), numbersOf(b, names)];
  expect(x).toHaveLength(y.length);
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0) / largest;
}

function numbersOf({ classes, objectness, dense, crop }: HeadDraft, names: readonly string[]) {
  const layers = crop === null ? [dense] : [dense, crop];
  const rows = layers.flatMap(({ weights, bias, length }) =>
    names.flatMap((name) => {
      const row = classes.indexOf(name);
      return [...weights.subarray(row * length, (row + 1) * length), bias[row]!];
    }),
  );
  return [...objectness.weights, objectness.bias, ...rows];
}
