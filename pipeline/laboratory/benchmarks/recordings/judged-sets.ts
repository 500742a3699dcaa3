import type { RankedOutcomes } from '../../../../operators/measure/average-precision.ts';
import type { PictureGroups } from '../../../../operators/measure/grouped-outcomes.ts';
import type { SetOutcomes } from '../../../../operators/measure/resampled-ap.ts';

/** Seed of the draws of recordings, so that equal judgements give equal intervals. */
export const drawSeed = 1;

/** What was judged on one pair of sets with one seed. */
export interface Judged {
  /** Index of the pair of sets. */
  readonly pair: number;
  readonly seed: number;
  readonly groups: PictureGroups;
  /** Per learned class with test objects, in alphabetical order. */
  readonly classes: readonly RankedOutcomes[];
}

/** Judgements by the row of a table that they belong to, in order of appearance. */
export function rowsBy<T>(judgements: readonly T[], keyOf: (judgement: T) => string) {
  const rows = new Map<string, T[]>();
  for (const judgement of judgements) {
    const key = keyOf(judgement);
    rows.set(key, [...(rows.get(key) ?? []), judgement]);
  }
  return rows;
}

/** The judgements of each pair of sets, by seed. */
export function bySets<T extends Judged>(judgements: readonly T[]): readonly (readonly T[])[] {
  const pairs = [...new Set(judgements.map(({ pair }) => pair))].sort((a, b) => a - b);
  return pairs.map((pair) =>
    judgements.filter((each) => each.pair === pair).sort((a, b) => a.seed - b.seed),
  );
}

/** The outcomes of one row: one entry per pair of sets, with an order for each seed. */
export function outcomesOfSets(judgements: readonly Judged[]): readonly SetOutcomes[] {
  return bySets(judgements).map((ofPair) => ({
    groups: ofPair[0]!.groups,
    orders: ofPair.map(({ classes }) => classes),
  }));
}
