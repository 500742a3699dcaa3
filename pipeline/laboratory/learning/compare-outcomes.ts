import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  type Estimate,
  meanAp50,
  pairedDifference,
  type SetOutcomes,
} from '../../../operators/measure/resampled-ap.ts';
import type { RunOutcomes } from './outcomes-file.ts';

/** Seed of the draws, so that the same files give the same intervals. */
const drawSeed = 1;

/** Final mAP50 of one method over the class orders and test sets of its runs, with its interval. */
export function meanOfRuns(runs: readonly RunOutcomes[]): Estimate {
  const estimate = meanAp50(arrange(runs), seededRandom(drawSeed));
  if (estimate === null) throw new RangeError('the runs have no test object of a learned class');
  return estimate;
}

/**
 * By how much the final mAP50 of one method exceeds that of another, on the same draws of pictures
 * and class orders.
 *
 * @throws {RangeError} where the runs differ in protocol, test pictures, seeds or classes.
 */
export function differenceOfRuns(
  first: readonly RunOutcomes[],
  second: readonly RunOutcomes[],
): Estimate {
  const [a, b] = [describe(first), describe(second)];
  if (a !== b) throw new RangeError(`the runs can't be compared: ${a} against ${b}`);
  const estimate = pairedDifference(arrange(first), arrange(second), seededRandom(drawSeed));
  if (estimate === null) throw new RangeError('the runs have no test object of a learned class');
  return estimate;
}

/** The same text for runs that can be compared, in whichever order their files are given. */
function describe(runs: readonly RunOutcomes[]): string {
  const sets = bySet(runs).map((ofSet) => {
    const orders = ofSet.map(
      ({ seed, classes }) => `seed ${seed}: ${[...classes.keys()].sort().join(', ')}`,
    );
    return `${ofSet[0]!.pictures.length} pictures from ${ofSet[0]!.pictures[0]}, ${orders.join('; ')}`;
  });
  return `${runs[0]?.protocol}, ${sets.join(' and ')}`;
}

/** One entry per test set, with its class orders by their seeds. */
function arrange(runs: readonly RunOutcomes[]): readonly SetOutcomes[] {
  const protocols = new Set(runs.map(({ protocol }) => protocol));
  if (protocols.size > 1)
    throw new RangeError(`runs of several protocols: ${[...protocols].join(', ')}`);
  const sets = bySet(runs);
  for (const ofSet of sets) {
    const seeds = ofSet.map(({ seed }) => seed);
    const expected = sets[0]!.map(({ seed }) => seed);
    if (new Set(seeds).size < seeds.length || String(seeds) !== String(expected)) {
      const found = `found seeds ${expected.join()} and ${seeds.join()}`;
      throw new RangeError(`expected one run for each seed on each test set, ${found}`);
    }
  }
  return sets.map((ofSet) => ({
    groups: ofSet[0]!.groups,
    orders: ofSet.map(({ classes }) =>
      [...classes.keys()].sort().map((name) => classes.get(name)!),
    ),
  }));
}

/** Runs of the same test pictures together, by seed; sets in the order of their first pictures. */
function bySet(runs: readonly RunOutcomes[]): (readonly RunOutcomes[])[] {
  const sets = new Map<string, RunOutcomes[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.pictures, run.groups]);
    sets.set(key, [...(sets.get(key) ?? []), run]);
  }
  return [...sets.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, ofSet]) => ofSet.toSorted((a, b) => a.seed - b.seed));
}
