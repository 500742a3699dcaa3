import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  type Estimate,
  meanAp50,
  pairedDifference,
} from '../../../../operators/measure/resampled-ap.ts';
import type { Judgement, Labelling } from './judge-recordings.ts';
import { drawSeed, outcomesOfSets, rowsBy } from './judged-sets.ts';
import type { Naming } from './track-recordings.ts';

/** mAP50 of one method, labelling and naming over all sets and seeds. */
export interface ComparedRow {
  readonly strategy: string;
  readonly labels: Labelling;
  readonly naming: Naming;
  /** Labelled objects, mean over sets and seeds. */
  readonly labelled: number;
  readonly map50: Estimate | null;
  /** mAP50 of each pair of sets, mean over seeds. */
  readonly ofPairs: readonly (number | null)[];
  /** By how much it exceeds single frames: of the same labels … */
  readonly overFrame: Estimate | null;
  /** … and, where one frame of each class is labelled, of those labels alone. */
  readonly overOne: Estimate | null;
  /** By how much it exceeds the first method, with the same labels and naming. */
  readonly overFirst: Estimate | null;
}

/** One row for each method, labelling and naming. */
export function compareRows(judgements: readonly Judgement[]): readonly ComparedRow[] {
  const rows = rowsBy(judgements, keyOf);
  const first = judgements[0]?.strategy;
  return [...rows.values()].map((ofRow) => {
    const { strategy, labels, naming } = ofRow[0]!;
    const sets = outcomesOfSets(ofRow);
    const over = (other: Parameters<typeof keyOf>[0]): Estimate | null =>
      pairedDifference(sets, outcomesOfSets(rows.get(keyOf(other))!), seededRandom(drawSeed));
    return {
      strategy,
      labels,
      naming,
      labelled: ofRow.reduce((sum, { labelled }) => sum + labelled, 0) / ofRow.length,
      map50: meanAp50(sets, seededRandom(drawSeed)),
      ofPairs: sets.map((set) => meanAp50([set], seededRandom(drawSeed))?.value ?? null),
      overFrame: naming === 'frame' ? null : over({ strategy, labels, naming: 'frame' }),
      overOne:
        labels === 'every' || labels === 'one'
          ? null
          : over({ strategy, labels: 'one', naming: 'frame' }),
      overFirst: strategy === first ? null : over({ strategy: first!, labels, naming }),
    };
  });
}

function keyOf({ strategy, labels, naming }: Pick<Judgement, 'strategy' | 'labels' | 'naming'>) {
  return `${strategy} ${labels} ${naming}`;
}

/** The rows as lines of a table. */
export function describeRows(rows: readonly ComparedRow[]): string {
  return rows
    .map((row) => {
      const { strategy, labels, naming, labelled, map50, ofPairs } = row;
      const { overFrame, overOne, overFirst } = row;
      const pairs = ofPairs.map((value) => value?.toFixed(3) ?? '–').join(' and ');
      const differences = [
        overFrame === null ? '' : `, over frame ${describe(overFrame)}`,
        overOne === null ? '' : `, over one label by frame ${describe(overOne)}`,
        overFirst === null ? '' : `, over the first method ${describe(overFirst)}`,
      ].join('');
      const what = `${strategy}, ${labels} (${labelled.toFixed(0)} labels), ${naming}`;
      return `${what}: ${describe(map50)} (${pairs})${differences}`;
    })
    .join('\n');
}

/** A value with its interval. */
export function describe(estimate: Estimate | null): string {
  if (estimate === null) return '–';
  const { value, interval } = estimate;
  if (interval === null) return value.toFixed(3);
  return `${value.toFixed(3)} [${interval.map((bound) => bound.toFixed(3)).join(', ')}]`;
}
