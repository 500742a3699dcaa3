import { mergeRows } from './kept-rows.ts';
import type { Refusal, ReportRow } from './read-reports.ts';
import { setName } from './set-name.ts';

/** Runs of one strategy under one cap, over seeds and splits of the set. */
export interface StrategyRuns {
  readonly strategy: string;
  readonly bytesMax: number | null;
  /** By seed, ascending. */
  readonly runs: readonly ReportRow[];
}

/** Everything that was measured on one set under one protocol. */
export interface ResultGroup {
  readonly set: string;
  readonly protocol: string;
  readonly size: number;
  /** Best mean mAP50 first. */
  readonly rows: readonly StrategyRuns[];
  /** By strategy, then by cap. */
  readonly refusals: readonly Refusal[];
}

type Measured = ReportRow | Refusal;

/**
 * Sorts reports into tables: by set, protocol and view size, in the order of first appearance. Of
 * several reports of the same run the last one counts. Splits of a set count like seeds.
 */
export function groupReports(measured: readonly Measured[]): ResultGroup[] {
  const groups = new Map<string, Measured[]>();
  for (const each of mergeRows([], measured)) {
    const key = JSON.stringify([setsOf(each), each.protocol, each.size]);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(each);
  }
  return [...groups.values()].map((all) => {
    const { protocol, size } = all[0]!;
    const rows = rowsOf(all.filter((each): each is ReportRow => !isRefusal(each)));
    const refusals = all
      .filter((each) => isRefusal(each))
      .sort(
        (a, b) => compare(a.strategy, b.strategy) || sizeOfCap(a.bytesMax) - sizeOfCap(b.bytesMax),
      );
    return { set: setsOf(all[0]!), protocol, size, rows, refusals };
  });
}

/** Whether there is a reason in place of figures. */
export function isRefusal(measured: Measured): measured is Refusal {
  return 'refused' in measured;
}

/** The caps that anything was measured under, ascending; null, for none, last. */
export function capsOf(
  measured: readonly { readonly bytesMax: number | null }[],
): (number | null)[] {
  const caps = new Set(measured.map(({ bytesMax }) => bytesMax));
  return [...caps].sort((a, b) => sizeOfCap(a) - sizeOfCap(b));
}

/** For comparing caps: having none allows more than any. */
export function sizeOfCap(bytesMax: number | null): number {
  return bytesMax ?? Infinity;
}

function setsOf({ protocol, train, test }: Measured): string {
  if (leavesSetsAside(protocol)) return 'the simulated world';
  const [taught, judged] = [setName(train), setName(test)];
  return taught === judged ? taught : `${taught}, judged on ${judged}`;
}

/** Whether a protocol takes sets but neither learns from them nor is judged on them. */
export function leavesSetsAside(protocol: string): boolean {
  return protocol.startsWith('long-run');
}

function rowsOf(reports: readonly ReportRow[]): StrategyRuns[] {
  const rows = new Map<string, ReportRow[]>();
  for (const report of reports) {
    const key = JSON.stringify([report.strategy, report.bytesMax]);
    rows.set(key, [...(rows.get(key) ?? []), report]);
  }
  const all = [...rows.values()].map((runs) => ({
    strategy: runs[0]!.strategy,
    bytesMax: runs[0]!.bytesMax,
    runs: runs.toSorted((a, b) => a.seed - b.seed),
  }));
  const score = ({ runs }: StrategyRuns) => meanOf(runs, ({ map50 }) => map50) ?? -1;
  return all.sort(
    (a, b) =>
      score(b) - score(a) ||
      compare(a.strategy, b.strategy) ||
      sizeOfCap(a.bytesMax) - sizeOfCap(b.bytesMax),
  );
}

/** Mean over runs of a figure; null where a run lacks it. */
export function meanOf(
  runs: readonly ReportRow[],
  read: (report: ReportRow) => number | null | undefined,
): number | null {
  const values = runs.map(read).filter((value) => value !== null && value !== undefined);
  if (values.length === 0 || values.length < runs.length) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation over runs (of a sample); null with fewer than two or where a run lacks the figure. */
export function deviationOf(
  runs: readonly ReportRow[],
  read: (report: ReportRow) => number | null | undefined,
): number | null {
  const mean = meanOf(runs, read);
  if (mean === null || runs.length < 2) return null;
  const squares = runs.reduce((sum, report) => sum + (read(report)! - mean) ** 2, 0);
  return Math.sqrt(squares / (runs.length - 1));
}

/** By code units: what is sorted must not depend on the machine's language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
