import { bytes, inWords, quantity, share, shareOver } from './figures.ts';
import {
  capsOf,
  compare,
  deviationOf,
  groupReports,
  leavesSetsAside,
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
  /** What a protocol is about, in one sentence; undefined for one that is not known any more. */
  readonly summaryOf: (protocol: string) => string | undefined;
  /** The strategy of the live pipeline. */
  readonly defaultStrategy: string;
}

const intro = `# Results

What the methods of \`operators/learn/strategies/\` reach, measured by \`lifelens bench learning\` and
written by \`npm run bench:results\`; nothing here is typed in by hand.

- **mAP50**, **mAP**: at the end, over all classes that were learned and have test objects; AP at IoU
  0.5 and AP@[.50:.95].
- **judged**: how often, after so many steps evenly over the protocol. What was learned since the time
  before is a task.
- **Ω**: mAP50 over that of joint training on the same classes, mean over those times; joint training is
  the best of several learners that get everything at once.
- **forgetting**: best mAP50 that a task's classes had at any of them less the final one, mean over all
  tasks but the last; **BWT**: the final one less the one at the end of the task. Both are on all test
  pictures, those of classes not learned yet included, where a name is a false alarm until they are.
- **bytes**: the most that the strategy's state and its sample memory held together; **cap**: what they
  were allowed.
- **update**: mean time of one update; **CPU**: processor time of all updates together; **peak RSS**:
  of the whole process, cached pictures included; **label → live**: from one more labelled object to the
  first picture judged with the head that learned it.
- Figures over several seeds or splits are means, ± their standard deviation.

Open world: **unknown recall**: unknown objects that are reported as such (U-Recall), at the operating
point and at one or two false reports a picture; **A-OSE**: unknown objects that bear a name, and
**A-OSE learned** a learned one; **live**: where no base name is doubted, as in the live pipeline;
**wilderness impact**: at a recall of 0.8, over the **wilderness classes** that reach it. Base retention:
**named precision** and **recall** of the live names, **undoubted recall** of those that are not reported
as unknown as well, **new on old** and **new elsewhere**: learned names a picture, all of them false.
`;

/** Writes the page and its pictures. The same reports give the same bytes. */
export function resultsPage(
  measured: readonly (ReportRow | Refusal)[],
  options: PageOptions,
): ResultsPage {
  const groups = groupReports(measured);
  const reports = groups.flatMap(({ rows }) => rows.flatMap(({ runs }) => runs));
  // The live pipeline's own strategy comes first: an unbroken line in every chart.
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

/** Groups of a set stand together, where the first of them is. */
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

/** What was measured, ten digits of each commit, in the order of first appearance. */
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
  /** Then every row says which commit it is of. */
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

/** How much was learned and judged on. */
function scopeOf({ protocol, size, rows, refusals }: ResultGroup): string {
  const runs = rows.flatMap((row) => row.runs);
  const seeds = distinct([...runs, ...refusals].map(({ seed }) => String(seed))).join(', ');
  const [first] = runs;
  const pictures =
    first === undefined || leavesSetsAside(protocol)
      ? 'Pictures'
      : `${first.trainImages} training and ${first.testImages} test pictures`;
  const classes = first === undefined ? '' : `, ${first.classes} classes`;
  return `${pictures} at ${size} px${classes}, seeds ${seeds}.\n`;
}

/** The command line that makes a report of this section. */
function commandOf({ protocol, size, rows, refusals }: ResultGroup): string {
  const runs = rows.flatMap((row) => row.runs);
  const { train, test, seed } = (runs[0] ?? refusals[0])!;
  const capped = [...runs, ...refusals].some(({ bytesMax }) => bytesMax !== null);
  return [
    `npx lifelens bench learning --train ${portableSpec(train)} --test ${portableSpec(test)}`,
    `--protocol ${protocol} --strategy NAME --seed ${seed}${capped ? ' --memory BYTES' : ''}`,
    `--size ${size}${checkpointsOf(runs)} --report -`,
  ].join(' ');
}

/** How often to judge; nothing where rows do not say. */
function checkpointsOf(runs: readonly ReportRow[]): string {
  const counts = distinct(runs.map(({ checkpoints }) => String(checkpoints ?? 'N')));
  if (runs.every(({ checkpoints }) => checkpoints === undefined)) return '';
  return ` --checkpoints ${counts.length === 1 ? counts[0] : 'N'}`;
}

/** One table a cap: what may hold more has it easier. */
function tables(rows: readonly StrategyRuns[], severalCommits: boolean): string[] {
  const caps = capsOf(rows);
  return caps.flatMap((cap) => {
    const name = capName(cap);
    const own = rows.filter(({ bytesMax }) => bytesMax === cap);
    const table = severalCommits
      ? markdownTable(
          [...columns, { title: 'commit', align: 'left' }],
          own.map((row) => [...cellsOf(row), commitsOf(row.runs).join(', ')]),
        )
      : markdownTable(columns, own.map(cellsOf));
    return caps.length === 1 ? [table] : [`${name[0]!.toUpperCase()}${name.slice(1)}:\n`, table];
  });
}

/** Strategies that have no figures, each with its own words. */
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
    ...['cap', 'mAP50', 'mAP', 'Ω', 'forgetting', 'BWT', 'judged', 'bytes'],
    ...['update ms', 'CPU s', 'peak RSS', 'label → live ms'],
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
    ),
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

/** What a protocol measures besides; null where that is nothing. */
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
