import { expect } from 'vitest';
import type { GroupSums } from '../../../../operators/learn/statistics/scatter-contents.ts';
import type { Scatter } from '../../../../operators/learn/statistics/scatter.ts';

/**
 * Largest difference between the sums of two scatters of one layout: of matrices and groups, each
 * relative to the largest of its values. Counts are equal.
 */
export function scatterDifference(a: Scatter, b: Scatter): number {
  const names = [...a.classes.keys()].sort();
  expect([...b.classes.keys()].sort()).toEqual(names);
  const groups = (scatter: Scatter) => [
    scatter.background,
    ...names.map((name) => scatter.classes.get(name)!),
  ];
  expect(groups(a).map(({ count }) => count)).toEqual(groups(b).map(({ count }) => count));
  const sums = (of: readonly GroupSums[]) => of.flatMap(({ weight, sums }) => [weight, ...sums]);
  return Math.max(
    relativeDifference(sums(groups(a)), sums(groups(b))),
    relativeDifference(
      a.loaded().flatMap((part) => [...part]),
      b.loaded().flatMap((part) => [...part]),
    ),
  );
}

/** Largest difference between two lists of numbers, relative to the second's largest. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  let [largest, most] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs(b[i]!));
    most = Math.max(most, Math.abs(a[i]! - b[i]!));
  }
  return most === 0 ? 0 : most / largest;
}
