import { mergeRows } from './kept-rows.ts';
import {
  type Comparison,
  isComparison,
  isRefusal,
  isReport,
  type Refusal,
  type ReportRow,
  type ResultLine,
} from './read-reports.ts';
import { setName } from './set-name.ts';

/** Runs of one strategy under one cap, over seeds and splits of a set. */
export interface StrategyRuns {
  readonly strategy: string;
  readonly bytesMax: number | null;
  /** By seed, ascending. */
  readonly runs: readonly ReportRow[];
  /** The comparison of exactly these runs with the best row under the cap; null without one. */
  readonly comparison: Comparison | null;
}

/** All results on one set under one protocol at one view size and shape. */
export interface ResultGroup {
  readonly set: string;
  readonly protocol: string;
  readonly size: number;
  readonly shape: 'own' | 'square';
  /** Best mean mAP50 first. */
  readonly rows: readonly StrategyRuns[];
  /** By strategy, then by cap. */
  readonly refusals: readonly Refusal[];
}

/**
 * Groups reports by set, protocol, view size and shape, in order of first appearance. The last of
 * several reports of the same run counts. Splits of a set are treated like seeds.
 */
export function groupReports(measured: readonly ResultLine[]): ResultGroup[] {
  const groups = new Map<string, ResultLine[]>();
  for (const row of mergeRows([], measured)) {
    const key = JSON.stringify([setsOf(row), row.protocol, row.size, row.shape ?? 'square']);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(row);
  }
  return [...groups.values()].map((all) => {
    const { protocol, size, shape = 'square' } = all[0]!;
    const rows = rowsOf(all.filter(isReport), all.filter(isComparison));
    const refusals = all
      .filter(isRefusal)
      .sort(
        (a, b) => compare(a.strategy, b.strategy) || capBytes(a.bytesMax) - capBytes(b.bytesMax),
      );
    return { set: setsOf(all[0]!), protocol, size, shape, rows, refusals };
  });
}

/** All caps in ascending order; null, for no cap, is last. */
export function capsOf(
  measured: readonly { readonly bytesMax: number | null }[],
): (number | null)[] {
  const caps = new Set(measured.map(({ bytesMax }) => bytesMax));
  return [...caps].sort((a, b) => capBytes(a) - capBytes(b));
}

/** A cap as a number for comparison; no cap is the largest. */
export function capBytes(bytesMax: number | null): number {
  return bytesMax ?? Infinity;
}

function setsOf({ protocol, train, test }: ResultLine): string {
  if (usesSimulatedWorld(protocol)) return 'the simulated world';
  const [trainName, testName] = [setName(train), setName(test)];
  return trainName === testName ? trainName : `${trainName}, tested on ${testName}`;
}

/** Whether a protocol runs in the simulated world and does not use its sets. */
export function usesSimulatedWorld(protocol: string): boolean {
  return protocol.startsWith('long-run');
}

function rowsOf(reports: readonly ReportRow[], comparisons: readonly Comparison[]): StrategyRuns[] {
  const rows = new Map<string, ReportRow[]>();
  for (const report of reports) {
    const key = JSON.stringify([report.strategy, report.bytesMax]);
    rows.set(key, [...(rows.get(key) ?? []), report]);
  }
  const all = [...rows.values()].map((runs) => ({
    strategy: runs[0]!.strategy,
    bytesMax: runs[0]!.bytesMax,
    runs: runs.toSorted((a, b) => a.seed - b.seed),
    comparison: comparisons.find((each) => isOf(each, runs)) ?? null,
  }));
  const score = ({ runs }: StrategyRuns) => meanOf(runs, ({ map50 }) => map50) ?? -1;
  return all.sort(
    (a, b) =>
      score(b) - score(a) ||
      compare(a.strategy, b.strategy) ||
      capBytes(a.bytesMax) - capBytes(b.bytesMax),
  );
}

/** Whether a comparison was made from these runs, none of which has been measured again since. */
function isOf(comparison: Comparison, runs: readonly ReportRow[]): boolean {
  const { strategy, bytesMax, seeds, compared } = comparison;
  const [first] = runs;
  if (first === undefined || first.strategy !== strategy || first.bytesMax !== bytesMax) {
    return false;
  }
  const own = new Set(runs.map(({ seed }) => seed));
  const mean = meanOf(runs, ({ map50 }) => map50);
  return (
    own.size === seeds.length &&
    seeds.every((seed) => own.has(seed)) &&
    isSameMean(mean, compared.map50)
  );
}

/** Whether two means are of the same reports: they differ by the rounding of sums. */
export function isSameMean(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && Math.abs(a - b) < 1e-9;
}

/** Mean of a figure over runs; null if a run lacks it. */
export function meanOf(
  runs: readonly ReportRow[],
  read: (report: ReportRow) => number | null | undefined,
): number | null {
  const values = runs.map(read).filter((value) => value !== null && value !== undefined);
  if (values.length === 0 || values.length < runs.length) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Sample standard deviation of a figure over runs; null for fewer than two or if a run lacks it.
 */
export function deviationOf(
  runs: readonly ReportRow[],
  read: (report: ReportRow) => number | null | undefined,
): number | null {
  const mean = meanOf(runs, read);
  if (mean === null || runs.length < 2) return null;
  const squares = runs.reduce((sum, report) => sum + (read(report)! - mean) ** 2, 0);
  return Math.sqrt(squares / (runs.length - 1));
}

/** Compares by code units, so that the order does not depend on the machine's locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
