import { bytes, quantity, share, shareOver } from './figures.ts';
import { compare, deviationOf, isSameMean, meanOf, type StrategyRuns } from './group-reports.ts';
import { markdownTable } from './markdown-table.ts';
import type { ReportRow } from './read-reports.ts';

/** A column of a table of rows. */
interface Column {
  readonly title: string;
  readonly cell: (row: StrategyRuns) => string;
  /** Left out of a table where no row has a figure. */
  readonly optional?: boolean;
}

type Figure = (report: ReportRow) => number | null | undefined;
type Bounds = readonly [low: number, high: number] | null | undefined;

const none = '–';

/** Figures of checkpoints; several runs of a row may differ in their number. */
const atEqualCheckpoints =
  (figure: Figure, interval: (report: ReportRow) => Bounds = () => null) =>
  (row: StrategyRuns): string =>
    new Set(row.runs.map(({ perStep }) => perStep.length)).size > 1
      ? none
      : share(meanOf(row.runs, figure)) + inBrackets(onlyOf(row.runs, interval));

const mean =
  (write: (value: number | null) => string, figure: Figure) =>
  ({ runs }: StrategyRuns): string =>
    write(meanOf(runs, figure));

const columns: readonly Column[] = [
  { title: 'cap', cell: ({ bytesMax }) => bytes(bytesMax) },
  { title: 'mAP50', cell: map50 },
  { title: 'behind the best', cell: behind, optional: true },
  {
    title: 'mAP50 seen',
    cell: ({ runs }) =>
      share(meanOf(runs, (run) => run.map50Seen)) +
      inBrackets(onlyOf(runs, (run) => run.map50SeenInterval)),
    optional: true,
  },
  { title: 'mAP', cell: mean(share, ({ map }) => map) },
  { title: 'Ω', cell: atEqualCheckpoints(({ omega }) => omega) },
  { title: 'forgetting', cell: atEqualCheckpoints(({ forgetting }) => forgetting) },
  {
    title: 'forgetting seen',
    cell: atEqualCheckpoints(
      (run) => run.forgettingSeen,
      (run) => run.forgettingSeenInterval,
    ),
    optional: true,
  },
  { title: 'BWT', cell: atEqualCheckpoints(({ bwt }) => bwt) },
  {
    title: 'BWT seen',
    cell: atEqualCheckpoints(
      (run) => run.bwtSeen,
      (run) => run.bwtSeenInterval,
    ),
    optional: true,
  },
  { title: 'checkpoints', cell: checkpointCount },
  { title: 'bytes', cell: mean(bytes, (run) => run.bytes) },
  { title: 'update ms', cell: mean(quantity, ({ updateMs }) => updateMs) },
  {
    title: 'CPU s',
    cell: mean(quantity, ({ updates }) =>
      updates.reduce((sum, { cpuMs }) => sum + cpuMs / 1000, 0),
    ),
  },
  { title: 'peak RSS', cell: mean(bytes, ({ peakRssBytes }) => peakRssBytes) },
  { title: 'label → live ms', cell: mean(quantity, ({ labelToLiveMs }) => labelToLiveMs) },
];

/**
 * Table of rows in their order, `bold` in bold letters; `commits` adds a column with those of each
 * row.
 */
export function rowTable(
  rows: readonly StrategyRuns[],
  bold: StrategyRuns | null | undefined,
  commits?: readonly string[],
): string {
  const shown = columns.filter(
    ({ cell, optional = false }) => !optional || rows.some((row) => cell(row) !== none),
  );
  return markdownTable(
    [
      { title: 'strategy', align: 'left' },
      ...shown.map(({ title }) => ({ title, align: 'right' as const })),
      ...(commits === undefined ? [] : [{ title: 'commit', align: 'left' as const }]),
    ],
    rows.map((row, i) => [
      row === bold ? `**${row.strategy}**` : row.strategy,
      ...shown.map(({ title, cell }) =>
        row === bold && title === 'mAP50' ? `**${cell(row)}**` : cell(row),
      ),
      ...(commits === undefined ? [] : [commits[i]!]),
    ]),
  );
}

/** Numbers of checkpoints of a row's runs. */
export function checkpointCount({ runs }: StrategyRuns): string {
  const counts = new Set(runs.map(({ perStep }) => String(perStep.length)));
  return [...counts].sort(compare).join(', ');
}

/**
 * Whether the first of these rows, all of one cap, has a higher mAP50 than each of the others
 * beyond chance. Not without a comparison of every row, nor beside a row that was measured again
 * since.
 */
export function isBestBeyondChance([best, ...others]: readonly StrategyRuns[]): boolean {
  const own = best?.comparison ?? null;
  if (own === null || others.length === 0) return false;
  return others.every(({ comparison }) => {
    const isCurrent =
      comparison?.best.strategy === own.strategy &&
      isSameMean(comparison.best.map50, own.compared.map50);
    return isCurrent && comparison.behind !== null && comparison.behind.interval[1] < 0;
  });
}

function map50({ runs, comparison }: StrategyRuns): string {
  const figure: Figure = (run) => run.map50;
  const interval = comparison?.compared.interval ?? onlyOf(runs, (run) => run.map50Interval);
  return shareOver(meanOf(runs, figure), deviationOf(runs, figure)) + inBrackets(interval);
}

function behind({ comparison }: StrategyRuns): string {
  if (comparison === null || comparison.behind === null) return none;
  return share(comparison.behind.difference) + inBrackets(comparison.behind.interval);
}

/** A figure of the only run; null over several, whose intervals would have to be combined. */
function onlyOf(runs: readonly ReportRow[], read: (run: ReportRow) => Bounds): Bounds {
  return runs.length === 1 ? read(runs[0]!) : null;
}

function inBrackets(interval: Bounds): string {
  return interval == null ? '' : ` (${interval.map(share).join(' – ')})`;
}
