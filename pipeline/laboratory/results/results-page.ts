import { naturalOrder } from '../../../operators/foundation/files/natural-order.ts';
import { bytes, inWords, quantity, share } from './figures.ts';
import {
  capsOf,
  compare,
  groupReports,
  usesSimulatedWorld,
  meanOf,
  type ResultGroup,
  type StrategyRuns,
} from './group-reports.ts';
import { markdownTable } from './markdown-table.ts';
import { pageIntro } from './page-intro.ts';
import { seriesStyles } from './palette.ts';
import type { Refusal, ReportRow, ResultLine } from './read-reports.ts';
import { capName, resultCharts, type ResultImage } from './result-charts.ts';
import { checkpointCount, isBestBeyondChance, rowTable } from './row-cells.ts';
import { sectionName } from './section-name.ts';
import { portableSpec } from './set-name.ts';

export interface ResultsPage {
  readonly markdown: string;
  readonly images: readonly ResultImage[];
}

export interface PageOptions {
  /** One sentence about a protocol; undefined for an unknown protocol. */
  readonly summaryOf: (protocol: string) => string | undefined;
  /** The strategy of the live pipeline. */
  readonly defaultStrategy: string;
}

/** Builds the page and its charts. Equal reports give equal bytes. */
export function resultsPage(measured: readonly ResultLine[], options: PageOptions): ResultsPage {
  const groups = groupReports(measured);
  const reports = groups.flatMap(({ rows }) => rows.flatMap(({ runs }) => runs));
  // The default strategy comes first, which gives it a solid line in every chart.
  const others = reports.map(({ strategy }) => strategy).sort(compare);
  const styles = seriesStyles(distinct([options.defaultStrategy, ...others]));
  const severalCommits = commitsOf(reports).length > 1;
  const images: ResultImage[] = [];
  const sections: string[] = [];
  let set = '';
  for (const group of groups.toSorted((a, b) => orderOf(groups, a) - orderOf(groups, b))) {
    if (group.set !== set) sections.push(`## ${group.set}\n`);
    set = group.set;
    const charts = resultCharts(group, { styles, strong: options.defaultStrategy });
    images.push(...charts);
    sections.push(section(group, charts, options, severalCommits));
  }
  return { markdown: [pageIntro, madeOn(reports), ...sections].join('\n'), images };
}

/** Keeps the groups of a set together, at the place of the first. */
function orderOf(groups: readonly ResultGroup[], group: ResultGroup): number {
  return groups.findIndex(({ set }) => set === group.set) * groups.length + groups.indexOf(group);
}

function madeOn(reports: readonly ReportRow[]): string {
  const machines = distinct(
    reports.map(
      ({ hardware: { processor, cores, memoryBytes, node }, engine }) =>
        `${processor}, ${cores} cores, ${bytes(memoryBytes)}, Node ${node}; ${engine}`,
    ),
  );
  return [
    ...machines.map((machine) => `- Measured on: ${machine}`),
    `- Commits: ${commitsOf(reports)
      .map((commit) => `\`${commit}\``)
      .join(', ')}`,
    '',
  ].join('\n');
}

/** Commits of the reports, ten digits each, in order of first appearance. */
function commitsOf(reports: readonly ReportRow[]): string[] {
  return distinct(
    reports.map(({ commit }) =>
      (commit ?? 'outside a checkout').replace(/^([0-9a-f]{10})[0-9a-f]+/, '$1'),
    ),
  );
}

function section(
  group: ResultGroup,
  charts: readonly ResultImage[],
  { summaryOf }: PageOptions,
  /** Adds a column with the commit of each row. */
  severalCommits: boolean,
): string {
  const { protocol, rows, refusals } = group;
  const extra = extraTable(rows);
  return [
    `### ${sectionName(group, ': ')}\n`,
    ...[summaryOf(protocol)].filter((text) => text !== undefined).map((text) => `${text}\n`),
    scopeOf(group),
    ...tables(rows, severalCommits),
    ...(refusals.length === 0 ? [] : [refusalList(refusals)]),
    ...(extra === null ? [] : [extra]),
    ...charts.map(({ file, title }) => `![${title}](images/${file})\n`),
    `\`\`\`sh\n${commandOf(group)}\n\`\`\`\n`,
  ].join('\n');
}

/** Numbers of images and classes, view size and seeds. */
function scopeOf({ protocol, size, rows, refusals }: ResultGroup): string {
  const runs = rows.flatMap((row) => row.runs);
  const seeds = distinct([...runs, ...refusals].map(({ seed }) => String(seed))).join(', ');
  const [first] = runs;
  const pictures =
    first === undefined || usesSimulatedWorld(protocol)
      ? 'Pictures'
      : `${first.trainImages} training and ${first.testImages} test pictures`;
  const classes = first === undefined ? '' : `, ${first.classes} classes`;
  return `${pictures} at ${size} px${classes}, seeds ${seeds}.\n`;
}

/** The command line that reproduces a report of this section. */
function commandOf({ protocol, size, shape, rows, refusals }: ResultGroup): string {
  const runs = rows.flatMap((row) => row.runs);
  const { train, test, seed } = (runs[0] ?? refusals[0])!;
  const capped = [...runs, ...refusals].some(({ bytesMax }) => bytesMax !== null);
  return [
    `npx lifelens bench learning --train ${portableSpec(train)} --test ${portableSpec(test)}`,
    `--protocol ${protocol} --strategy NAME --seed ${seed}${capped ? ' --memory BYTES' : ''}`,
    `--size ${size} --shape ${shape}${checkpointsOf(runs)} --report -`,
  ].join(' ');
}

/** The `--checkpoints` option; empty where the rows do not record it. */
function checkpointsOf(runs: readonly ReportRow[]): string {
  const counts = distinct(runs.map(({ checkpoints }) => String(checkpoints ?? 'N')));
  if (runs.every(({ checkpoints }) => checkpoints === undefined)) return '';
  return ` --checkpoints ${counts.length === 1 ? counts[0] : 'N'}`;
}

/**
 * One table per cap, since results under different caps are not comparable, and per number of
 * checkpoints, since Ω, forgetting and BWT depend on it.
 */
function tables(rows: readonly StrategyRuns[], severalCommits: boolean): string[] {
  const caps = capsOf(rows);
  return caps.flatMap((cap) => {
    const underCap = rows.filter(({ bytesMax }) => bytesMax === cap);
    const counts = distinct(underCap.map(checkpointCount)).sort(naturalOrder);
    return counts.flatMap((count) => {
      const shown = underCap.filter((row) => checkpointCount(row) === count);
      const commits = severalCommits
        ? shown.map(({ runs }) => commitsOf(runs).join(', '))
        : undefined;
      const table = rowTable(shown, isBestBeyondChance(underCap) ? underCap[0] : null, commits);
      const name = capName(cap);
      const heading = [
        ...(caps.length === 1 ? [] : [`${name[0]!.toUpperCase()}${name.slice(1)}`]),
        ...(counts.length === 1 ? [] : [`checkpoints: ${count}`]),
      ].join(', ');
      return heading === '' ? [table] : [`${heading}:\n`, table];
    });
  });
}

/** Strategies without figures, each with its error message. */
function refusalList(refusals: readonly Refusal[]): string {
  const lines = refusals.map(
    ({ strategy, bytesMax, refused }) =>
      `- \`${strategy}\`, ${capName(bytesMax)}, refused: \`${refused.replaceAll('`', "'")}\`\n`,
  );
  return distinct(lines).join('');
}

/** Table of the protocol's own figures; null where it has none. */
function extraTable(rows: readonly StrategyRuns[]): string | null {
  const keys = distinct(
    rows.flatMap(({ runs }) => runs.flatMap(({ extra = {} }) => Object.keys(extra))),
  );
  if (keys.length === 0) return null;
  const titles = ['strategy', 'cap', ...keys.map(inWords)];
  return markdownTable(
    titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' })),
    rows.map(({ strategy, bytesMax, runs }) => [
      strategy,
      bytes(bytesMax),
      ...keys.map((key) => extraFigure(meanOf(runs, ({ extra }) => extra?.[key]))),
    ]),
  );
}

function extraFigure(value: number | null): string {
  return value !== null && Math.abs(value) >= 10 ? quantity(value) : share(value);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
