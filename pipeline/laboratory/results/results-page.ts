import { bytes, inWords, quantity, share, shareOver } from './figures.ts';
import {
  capsOf,
  compare,
  deviationOf,
  groupReports,
  usesSimulatedWorld,
  meanOf,
  type ResultGroup,
  type StrategyRuns,
} from './group-reports.ts';
import { markdownTable, type TableColumn } from './markdown-table.ts';
import { seriesStyles } from './palette.ts';
import type { Refusal, ReportRow } from './read-reports.ts';
import { capName, resultCharts, type ResultImage } from './result-charts.ts';
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

const intro = `# Results

Results of the strategies in \`operators/learn/strategies/\`, measured by \`lifelens bench learning\` and
written by \`npm run bench:results\`. This file is generated; do not edit it.

- **mAP50**, **mAP**: final AP at IoU 0.5 and AP@[.50:.95], mean over all learned classes that have test
  objects.
- **checkpoints**: number of evaluations, spread evenly over the steps of the protocol. The classes
  introduced since the checkpoint before form a task.
- **Ω**: mAP50 divided by that of joint training on the same classes, mean over the checkpoints. Joint
  training is the best of several strategies that get all examples at once.
- **forgetting**: a task's best mAP50 at any checkpoint minus its final mAP50, mean over all tasks but the
  last; **BWT**: final mAP50 minus mAP50 at the end of the task. Both use all test pictures, including
  those of classes not learned yet, where every detection is a false positive.
- **bytes**: peak of the strategy's state and its sample memory together; **cap**: the limit on it.
- **update**: mean time of one update; **CPU**: CPU time of all updates together; **peak RSS**: of the
  whole process, including cached pictures; **label → live**: time from one more labelled object to the
  first detection under the updated head.
- Figures over several seeds or splits are means ± standard deviation.

Open world: **unknown recall**: share of unknown objects reported as unknown (U-Recall), at the operating
point and at one or two false reports per picture; **live**: under the live pipeline's rule, which accepts
every base label. Absolute open-set error in two readings: **A-OSE objects**: unknown objects with any
label, **A-OSE objects learned**: with a learned label; **A-OSE OWOD**: as the code of Joseph et al. (2021)
counts, detections of learned classes with a score of at least 0.05 and an IoU above 0.5 with an unknown
object, so that one object counts as often as it is detected. **Wilderness impact** at a recall of 0.8 in
two readings: **Dhamija** (et al., 2020): false positives on unknown objects divided by all other
positives, over the **wilderness classes** that reach that recall; **OWOD**: divided by all positives, those
included, each class at the recall that comes closest. Base retention:
**named precision** and **named recall** of the labels on live frames; **undoubted recall**: without
objects that are reported as unknown as well; **new on old** and **new elsewhere**: learned labels per
picture on annotated objects and elsewhere, all of them false positives.
`;

/** Builds the page and its charts. Equal reports give equal bytes. */
export function resultsPage(
  measured: readonly (ReportRow | Refusal)[],
  options: PageOptions,
): ResultsPage {
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
  return { markdown: [intro, madeOn(reports), ...sections].join('\n'), images };
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

/** One table per cap, since results under different caps are not comparable. */
function tables(rows: readonly StrategyRuns[], severalCommits: boolean): string[] {
  const caps = capsOf(rows);
  return caps.flatMap((cap) => {
    const name = capName(cap);
    const underCap = rows.filter(({ bytesMax }) => bytesMax === cap);
    const table = severalCommits
      ? markdownTable(
          [...columns, { title: 'commit', align: 'left' }],
          underCap.map((row) => [...cellsOf(row), commitsOf(row.runs).join(', ')]),
        )
      : markdownTable(columns, underCap.map(cellsOf));
    return caps.length === 1 ? [table] : [`${name[0]!.toUpperCase()}${name.slice(1)}:\n`, table];
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

const columns: readonly TableColumn[] = [
  { title: 'strategy', align: 'left' },
  ...[
    'cap',
    'mAP50',
    'mAP',
    'Ω',
    'forgetting',
    'BWT',
    'checkpoints',
    'bytes',
    'update ms',
    'CPU s',
    'peak RSS',
    'label → live ms',
  ].map((title) => ({ title, align: 'right' as const })),
];

function cellsOf({ strategy, bytesMax, runs }: StrategyRuns): string[] {
  const mean = (read: (report: ReportRow) => number | null) => meanOf(runs, read);
  return [
    strategy,
    bytes(bytesMax),
    shareOver(
      mean(({ map50 }) => map50),
      deviationOf(runs, ({ map50 }) => map50),
    ) + intervalIn(runs),
    share(mean(({ map }) => map)),
    share(mean(({ omega }) => omega)),
    share(mean(({ forgetting }) => forgetting)),
    share(mean(({ bwt }) => bwt)),
    distinct(runs.map(({ perStep }) => String(perStep.length)).sort(compare)).join(', '),
    bytes(mean((report) => report.bytes)),
    quantity(mean(({ updateMs }) => updateMs)),
    quantity(mean(({ updates }) => updates.reduce((sum, { cpuMs }) => sum + cpuMs / 1000, 0))),
    bytes(mean(({ peakRssBytes }) => peakRssBytes)),
    quantity(mean(({ labelToLiveMs }) => labelToLiveMs)),
  ];
}

/** The 95 % interval of a single run, in brackets; empty where there is none. */
function intervalIn(runs: readonly ReportRow[]): string {
  const [interval] = runs.map(({ map50Interval }) => map50Interval);
  return runs.length !== 1 || interval == null ? '' : ` (${interval.map(share).join(' – ')})`;
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
