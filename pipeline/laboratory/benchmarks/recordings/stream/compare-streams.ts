import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  type Estimate,
  meanAp50,
  pairedDifference,
  type SetOutcomes,
} from '../../../../../operators/measure/resampled-ap.ts';
import { describe } from '../compare-judgements.ts';
import { bySets, drawSeed, outcomesOfSets, rowsBy } from '../judged-sets.ts';
import type { Condition, State, StreamJudgement } from './judge-streams.ts';
import { nameAccuracy, nameAccuracyDifference, type SetCounts } from './prequential.ts';

/** One strategy under one condition, over all sets and seeds. */
export interface StreamRow extends Condition {
  readonly strategy: string;
  readonly state: Exclude<State, 'never'>;
  /** Questions asked and frames of objects labelled, means over sets and seeds. */
  readonly asked: number;
  readonly labels: number;
  /** At the end, of the other half. */
  readonly map50: Estimate | null;
  /** Mean AP50 of each pair of sets, mean over seeds. */
  readonly ofPairs: readonly (number | null)[];
  /** `map50` for every hundred questions. */
  readonly perHundred: number | null;
  /** By how much it exceeds the first condition of the strategy; null for that one. */
  readonly overFirst: Estimate | null;
  /** Prequential accuracy of names; null for `mended`, which is judged at the end alone. */
  readonly names: Estimate | null;
  readonly namesOverFirst: Estimate | null;
  /** Share of the objects of classes seen that were detected, and so judged; likewise. */
  readonly detected: number | null;
  /** For `mended`: what separates it from a head that learned the right names at once. */
  readonly fromNever: FromNever | null;
}

/** Differences between heads that should be equal, over all sets and seeds. */
export interface FromNever {
  /** Of mAP50: the mean, and the largest of one set and seed. */
  readonly mean: number;
  readonly largest: number;
  /** Largest difference between the scores at one rank of a class. */
  readonly scores: number;
}

/** One row for each strategy, condition and state, in the order in which they were judged. */
export function compareStreams(judgements: readonly StreamJudgement[]): readonly StreamRow[] {
  const rows = rowsBy(judgements, keyOf);
  return [...rows.values()].flatMap((ofRow) => {
    const [{ strategy, state, delay, wrong, switches }] = ofRow as [StreamJudgement];
    if (state === 'never') return [];
    const first = rows.get(keyOf(judgements.find((each) => each.strategy === strategy)!))!;
    const [sets, firstSets] = [outcomesOfSets(ofRow), outcomesOfSets(first)];
    const isFirst = ofRow === first;
    const map50 = meanAp50(sets, seededRandom(drawSeed));
    const asked = meanOf(ofRow, (each) => each.asked);
    const never = state === 'mended' ? rows.get(keyOf({ ...ofRow[0]!, state: 'never' }))! : null;
    return [
      {
        strategy,
        state,
        delay,
        wrong,
        switches,
        asked,
        labels: meanOf(ofRow, (each) => each.labels),
        map50,
        ofPairs: sets.map((set) => meanAp50([set], seededRandom(drawSeed))?.value ?? null),
        perHundred: map50 === null ? null : (100 * map50.value) / asked,
        overFirst: isFirst ? null : pairedDifference(sets, firstSets, seededRandom(drawSeed)),
        ...(state === 'mended' ? noNames : namesOf(ofRow, isFirst ? null : first)),
        fromNever: never === null ? null : differencesFrom(sets, outcomesOfSets(never)),
      },
    ];
  });
}

const noNames = { names: null, namesOverFirst: null, detected: null };

function namesOf(ofRow: readonly StreamJudgement[], first: readonly StreamJudgement[] | null) {
  const counts = countsOf(ofRow);
  const visits = counts.flat(2);
  const objects = visits.reduce((sum, visit) => sum + visit.objects, 0);
  const judged = visits.reduce((sum, visit) => sum + visit.judged, 0);
  return {
    names: nameAccuracy(counts, seededRandom(drawSeed)),
    namesOverFirst:
      first === null
        ? null
        : nameAccuracyDifference(counts, countsOf(first), seededRandom(drawSeed)),
    detected: objects === 0 ? null : judged / objects,
  };
}

function differencesFrom(sets: readonly SetOutcomes[], never: readonly SetOutcomes[]): FromNever {
  const each = sets.flatMap(({ groups, orders }, set) =>
    orders.map((classes, order) => {
      const others = never[set]!.orders[order]!;
      const [mine, theirs] = [[{ groups, orders: [classes] }], [{ groups, orders: [others] }]];
      return {
        map50: pairedDifference(mine, theirs, seededRandom(drawSeed))?.value ?? 0,
        scores: classes.flatMap(({ scores }, i) =>
          Array.from(scores, (score, rank) => Math.abs(score - (others[i]!.scores[rank] ?? 0))),
        ),
      };
    }),
  );
  return {
    mean: each.reduce((sum, { map50 }) => sum + map50, 0) / each.length,
    largest: Math.max(...each.map(({ map50 }) => Math.abs(map50))),
    scores: each.flatMap(({ scores }) => scores).reduce((most, gap) => Math.max(most, gap), 0),
  };
}

function keyOf({ strategy, state, delay, wrong, switches }: StreamKey): string {
  return JSON.stringify([strategy, state, delay, wrong, switches]);
}
type StreamKey = Pick<StreamJudgement, 'strategy' | 'state' | keyof Condition>;

function countsOf(judgements: readonly StreamJudgement[]): readonly SetCounts[] {
  return bySets(judgements).map((ofPair) => ofPair.map(({ names }) => names!));
}

function meanOf(
  judgements: readonly StreamJudgement[],
  of: (judgement: StreamJudgement) => number,
): number {
  return judgements.reduce((sum, each) => sum + of(each), 0) / judgements.length;
}

/** The rows as lines of a table. */
export function describeStreams(rows: readonly StreamRow[]): string {
  return rows
    .map((row) => {
      const { strategy, delay, wrong, switches, state, asked, labels } = row;
      const what = `${strategy}, delay ${delay}, wrong ${wrong}, switches ${switches}, ${state}`;
      const over = row.overFirst === null ? '' : `, over the first ${describe(row.overFirst)}`;
      const names =
        row.names === null
          ? ''
          : `; names ${describe(row.names)}` +
            (row.namesOverFirst === null ? '' : `, over the first ${describe(row.namesOverFirst)}`);
      const never =
        row.fromNever === null ? '' : `; from never ${row.fromNever.largest.toFixed(4)} at most`;
      const spent = `${asked.toFixed(1)} questions, ${labels.toFixed(0)} labels`;
      const hundred = row.perHundred?.toFixed(3) ?? '–';
      return `${what}: ${spent}, mAP50 ${describe(row.map50)}${over}, per hundred ${hundred}${names}${never}`;
    })
    .join('\n');
}
