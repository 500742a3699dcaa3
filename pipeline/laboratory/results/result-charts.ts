import { type Chart, type ChartSeries, drawChart } from './chart.ts';
import { bytes } from './figures.ts';
import {
  capsOf,
  compare,
  meanOf,
  type ResultGroup,
  capBytes,
  type StrategyRuns,
} from './group-reports.ts';
import { sectionName } from './section-name.ts';
import type { SeriesStyle } from './palette.ts';
import type { ReportRow } from './read-reports.ts';

/** A chart of the results page. */
export interface ResultImage {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

export interface ChartOptions {
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  /** The strategy to highlight. */
  readonly strong: string;
}

/** Options shared by the charts of a section. */
interface SectionOptions extends ChartOptions {
  /** The cap that curve names omit. */
  readonly cap: number | null;
}

type Point = ChartSeries['points'][number];

/** Draws the charts of one set and protocol; omits charts with too few points. */
export function resultCharts(group: ResultGroup, options: ChartOptions): ResultImage[] {
  const where = sectionName(group, ', ');
  const cap = commonCap(group.rows);
  const section = { ...options, cap };
  const chosen = oneCapEach(group.rows);
  const within = capsOf(group.rows).length > 1 ? `${where}, ${capName(cap)}` : where;
  const charts: (readonly [kind: string, chart: Chart])[] = [
    ['steps', overSteps(within, chosen, section)],
    ['bytes', againstBytes(where, group.rows, options)],
    ['time', againstTime(within, chosen, section)],
    ['classes', updatesOverClasses(within, chosen, section)],
  ];
  return charts
    .filter(([, { series, marks }]) =>
      marks === 'lines' ? series.some(({ points }) => points.length > 1) : series.length > 1,
    )
    .map(([kind, chart]) => ({
      file: `learning-${slug(`${group.set} ${group.protocol} ${group.size}${group.shape === 'own' ? ' own' : ''}`)}-${kind}.svg`,
      title: chart.title,
      svg: drawChart(chart),
    }));
}

/** Describes a cap in words. */
export function capName(bytesMax: number | null): string {
  return bytesMax === null ? 'without a cap' : `within ${bytes(bytesMax)}`;
}

function overSteps(where: string, rows: readonly StrategyRuns[], options: SectionOptions): Chart {
  const steps = rows.flatMap(({ runs }) => runs.flatMap(({ perStep }) => perStep));
  const grows = new Set(steps.map(({ seen }) => seen)).size > 1;
  const at = grows ? ('seen' as const) : ('step' as const);
  return {
    title: `mAP50 over steps: ${where}`,
    description:
      'One line per strategy: mAP50 on the classes learned so far, after each checkpoint.',
    x: { label: grows ? 'classes learned' : 'steps', scale: 'linear' },
    y: { label: 'mAP50 on the classes learned so far', scale: 'linear', include: [0] },
    marks: 'lines',
    series: series(rows, options, ({ runs }) =>
      overRuns(runs, (run) => run.perStep.map((step) => [step[at], step.map50])),
    ),
  };
}

function againstBytes(where: string, rows: readonly StrategyRuns[], options: ChartOptions): Chart {
  const perStrategy = new Map<string, Point[]>();
  for (const { strategy, runs } of rows) {
    const point = pointOf(runs, (run) => run.bytes);
    if (point !== null) perStrategy.set(strategy, [...(perStrategy.get(strategy) ?? []), point]);
  }
  return {
    title: `Accuracy against bytes held: ${where}`,
    description:
      'One mark per strategy and cap: final mAP50 against the bytes of state and samples.',
    x: { label: 'bytes held, state and samples', scale: 'log', format: decimalBytes },
    y: { label: 'final mAP50', scale: 'linear', include: [0] },
    marks: 'dots',
    series: [...perStrategy].sort(byName).map(([name, points]) => ({
      name,
      ...seriesLook(name, options),
      points: points.sort((a, b) => a.x - b.x),
    })),
  };
}

function againstTime(where: string, rows: readonly StrategyRuns[], options: SectionOptions): Chart {
  return {
    title: `Accuracy against update time: ${where}`,
    description: 'One mark per strategy: final mAP50 against the mean time of an update.',
    x: { label: 'mean time of an update, ms', scale: 'log', format: String },
    y: { label: 'final mAP50', scale: 'linear', include: [0] },
    marks: 'dots',
    series: series(rows, options, ({ runs }) => {
      const point = pointOf(runs, (run) => run.updateMs);
      return point === null ? [] : [point];
    }),
  };
}

function updatesOverClasses(
  where: string,
  rows: readonly StrategyRuns[],
  options: SectionOptions,
): Chart {
  return {
    title: `Update time over classes: ${where}`,
    description: 'One line per strategy: mean update time against the number of known classes.',
    x: { label: 'classes known', scale: 'linear' },
    y: { label: 'time of an update, ms', scale: 'log', format: String },
    marks: 'lines',
    series: series(rows, options, ({ runs }) =>
      overRuns(runs, (run) => run.updates.map((update) => [update.classes, update.updateMs])),
    ),
  };
}

/** Mean of y at every x, over all runs; x ascending. */
function overRuns(
  runs: readonly ReportRow[],
  read: (run: ReportRow) => readonly (readonly [x: number, y: number | null])[],
): Point[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [x, y] of runs.flatMap(read)) {
    if (y === null) continue;
    const { sum, count } = sums.get(x) ?? { sum: 0, count: 0 };
    sums.set(x, { sum: sum + y, count: count + 1 });
  }
  return [...sums].map(([x, { sum, count }]) => ({ x, y: sum / count })).sort((a, b) => a.x - b.x);
}

function pointOf(runs: readonly ReportRow[], readX: (run: ReportRow) => number): Point | null {
  const [x, y] = [meanOf(runs, readX), meanOf(runs, ({ map50 }) => map50)];
  return x === null || y === null ? null : { x, y };
}

/** Picks one cap per strategy: the most common one if the strategy has it, else its largest. */
export function oneCapEach(rows: readonly StrategyRuns[]): StrategyRuns[] {
  const common = commonCap(rows);
  const strategies = [...new Set(rows.map(({ strategy }) => strategy))];
  return strategies.map((strategy) => {
    const runs = rows.filter((row) => row.strategy === strategy);
    const largest = runs.toSorted((a, b) => capBytes(b.bytesMax) - capBytes(a.bytesMax))[0]!;
    return runs.find(({ bytesMax }) => bytesMax === common) ?? largest;
  });
}

/** The cap of most strategies; the largest of several. */
function commonCap(rows: readonly StrategyRuns[]): number | null {
  const counts = new Map<number | null, number>();
  for (const { bytesMax } of rows) counts.set(bytesMax, (counts.get(bytesMax) ?? 0) + 1);
  const [common] = [...counts].sort((a, b) => b[1] - a[1] || capBytes(b[0]) - capBytes(a[0]));
  return common?.[0] ?? null;
}

function series(
  rows: readonly StrategyRuns[],
  options: SectionOptions,
  points: (row: StrategyRuns) => readonly Point[],
): ChartSeries[] {
  return rows
    .map((row) => ({
      name:
        row.bytesMax === options.cap ? row.strategy : `${row.strategy}, ${shortCap(row.bytesMax)}`,
      ...seriesLook(row.strategy, options),
      points: points(row),
    }))
    .filter((line) => line.points.length > 0)
    .sort((a, b) => compare(a.name, b.name));
}

function shortCap(bytesMax: number | null): string {
  return bytesMax === null ? 'no cap' : bytes(bytesMax);
}

function seriesLook(name: string, { styles, strong }: ChartOptions) {
  return { style: styles.get(name)!, strong: name === strong };
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return compare(a[0], b[0]);
}

/** Formats bytes in decimal units, because ticks are powers of ten. */
function decimalBytes(value: number): string {
  const [unit, factor] =
    value >= 1e9 ? ['GB', 1e9] : value >= 1e6 ? ['MB', 1e6] : value >= 1e3 ? ['kB', 1e3] : ['B', 1];
  return `${String(value / factor)} ${unit}`;
}

/** Reduces text to letters, digits and hyphens, for file names. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('+', 'plus')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
