import { expect } from 'vitest';
import type { EmbeddingLayout } from '../../../../../operators/detect/engines/embedding-layout.ts';
import { scatterLayouts } from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';
import {
  openTally,
  type TallyState,
} from '../../../../../operators/learn/strategies/tally/tally-state.ts';
import type { Strategy } from '../../../../../operators/learn/strategy.ts';
import { relativeDifference, scatterDifference } from '../../statistics/scatter-difference.ts';

/** The saved state of a tally strategy. */
export function stateOf(strategy: Strategy, embedding: EmbeddingLayout): TallyState {
  return openTally(strategy.save(), scatterLayouts(embedding));
}

/**
 * Largest difference between two states in one layout, each sum relative to the largest of its
 * kind. All counts, and the unlabelled rows, are equal.
 */
export function tallyDifference(a: TallyState, b: TallyState): number {
  expect(new Map(a.classes.entries)).toEqual(new Map(b.classes.entries));
  const { squares: squaresOfA, ...countsOfA } = a.objectness.counts;
  const { squares: squaresOfB, ...countsOfB } = b.objectness.counts;
  expect(countsOfA).toEqual(countsOfB);
  expect(a.unlabelled).toEqual(b.unlabelled);
  return Math.max(
    Math.abs(squaresOfA - squaresOfB) / Math.max(1, squaresOfB),
    relativeDifference(a.objectness.values, b.objectness.values),
    scatterDifference(a.dense, b.dense),
    scatterDifference(a.crop, b.crop),
  );
}
