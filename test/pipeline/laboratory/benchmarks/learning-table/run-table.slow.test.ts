import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readReports } from '../../../../../pipeline/laboratory/results/read-reports.ts';
import {
  argumentsOf,
  runTable,
  type TableRun,
} from '../../../../../pipeline/laboratory/benchmarks/learning-table/run-table.ts';
import { TableFolder } from '../../../../../pipeline/laboratory/benchmarks/learning-table/table-folder.ts';
import { rowsOf } from '../../../../../pipeline/laboratory/benchmarks/learning-table/table-rows.ts';
import { reportWith } from '../../results/report-lines.ts';

/** Stands in for lifelens; its behaviour depends on the name of the strategy. */
const program = `
const { appendFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const flag = (name) => args[args.indexOf('--' + name) + 1];
const strategy = flag('strategy');
appendFileSync(__dirname + '/ran', strategy + '\\n');
if (strategy === 'ncm') {
  process.stderr.write('lifelens: strategy ncm: needs more bytes\\n');
  process.exitCode = 1;
} else if (strategy === 'slda') {
  process.stderr.write('lifelens: something else\\n');
  process.exitCode = 1;
} else if (strategy === 'finetune') {
  writeFileSync(flag('report'), '{"half');
  setInterval(() => {}, 1000);
} else {
  const report = JSON.parse(${JSON.stringify(JSON.stringify(reportWith({})))});
  writeFileSync(flag('report'), JSON.stringify({ ...report, strategy }));
}
`;

let path: string;
let printed: string[];
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'lifelens-table-'));
  writeFileSync(join(path, 'program.cjs'), program);
  printed = [];
});
afterEach(() => rmSync(path, { recursive: true }));

const sets = new Map([['a', { train: 'yolo:train', test: 'yolo:test' }]]);
const group = { set: 'a', protocol: 'all', capsMiB: [4], strategies: 'all' } as const;

async function runOf(more: Partial<TableRun> = {}): Promise<TableRun> {
  return {
    folder: await TableFolder.open(join(path, 'out'), {}),
    sets,
    settings: {},
    cache: undefined,
    jobs: 1,
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    command: [process.execPath, join(path, 'program.cjs')],
    ...more,
  };
}

const ran = () => readFileSync(join(path, 'ran'), 'utf8').trim().split('\n');
const reports = () =>
  readdirSync(join(path, 'out/reports'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.includes('.json'),
  );

test('a table measures, stores refusals, and continues after a failure', async () => {
  const rows = rowsOf([group], ['ncm', 'slda', 'ridge']);
  const run = await runOf();
  expect(await runTable(rows, run)).toEqual({ skipped: 0, reported: 1, refused: 1, failed: 1 });
  expect(printed).toHaveLength(3);
  expect(printed[0]).toMatch(
    /^\[1\/3\] a\/all\/4MiB\/ncm: refused \(needs more bytes\), [\d.]+ s$/,
  );
  expect(printed.join('\n')).toContain('a/all/4MiB/slda: failed with 1\nlifelens: something else');
  expect(printed.join('\n')).toMatch(/a\/all\/4MiB\/ridge: mAP50 0\.500, [\d.]+ s/);
  expect(reports().sort()).toEqual(['a/all/4MiB/ncm.json', 'a/all/4MiB/ridge.json']);
});

test('rows with a report or a refusal do not run again, failed rows do', async () => {
  const rows = rowsOf([group], ['ncm', 'slda', 'ridge']);
  await runTable(rows, await runOf());
  rmSync(join(path, 'ran'));
  const counts = await runTable(rows, await runOf());
  expect(counts).toEqual({ skipped: 2, reported: 0, refused: 0, failed: 1 });
  expect(ran()).toEqual(['slda']);
});

test('rows that run in parallel all get their reports', async () => {
  const rows = rowsOf([group], ['ridge', 'ranpac', 'fecam', 'ewc']);
  expect(await runTable(rows, await runOf({ jobs: 3 }))).toMatchObject({ reported: 4 });
  expect(ran().sort()).toEqual(['ewc', 'fecam', 'ranpac', 'ridge']);
});

test('an aborted table ends its processes and leaves no partial report', async () => {
  const rows = rowsOf([group], ['ridge', 'finetune', 'ewc']);
  const stop = new AbortController();
  const running = runTable(rows, await runOf({ signal: stop.signal }));
  const partial = join(path, 'out/reports/a/all/4MiB/finetune.json.part');
  while (!existsSync(partial)) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  expect(await running).toMatchObject({ reported: 1, failed: 0 });
  expect(ran()).toEqual(['ridge', 'finetune']);
  expect(reports()).toEqual(['a/all/4MiB/ridge.json']);
});

test('the report lines of a table are in row order and readable', async () => {
  const rows = rowsOf([group], ['ridge', 'ncm', 'slda', 'ewc']);
  const run = await runOf({ jobs: 2 });
  await runTable(rows, run);
  const lines = readFileSync(await run.folder.writeLines(rows), 'utf8');
  expect(readReports(lines).map(({ strategy }) => strategy)).toEqual(['ridge', 'ncm', 'ewc']);
});

test('a folder with reports of other settings is rejected', async () => {
  const out = join(path, 'out');
  await TableFolder.open(out, { images: '12' });
  await expect(TableFolder.open(out, {})).rejects.toThrow(/holds reports made with .*12/);
  await TableFolder.open(out, { images: '12', checkpoints: undefined });
});

test('a row becomes a command line with only the necessary options', () => {
  const [row] = rowsOf([group], ['ridge']);
  const pair = sets.get('a')!;
  const common = [
    ...['bench', 'learning', '--train', 'yolo:train', '--test', 'yolo:test'],
    ...['--protocol', 'all', '--strategy', 'ridge', '--seed', '1', '--size', '320'],
  ];
  expect(argumentsOf(row!, pair, { settings: { images: '12' }, cache: 'c' }, 'r', 'o')).toEqual([
    ...common,
    ...['--memory', '4194304', '--cache', 'c', '--images', '12', '--outcomes', 'o'],
    ...['--log-level', 'error', '--report', 'r'],
  ]);
  expect(
    argumentsOf(
      { ...row!, bytesMax: null, protocol: 'long-run-5', seed: 7 },
      pair,
      { settings: {}, cache: undefined },
      'r',
      'o',
    ),
  ).toEqual([
    ...common.map((text) => ({ all: 'long-run-5', '1': '7' })[text] ?? text),
    ...['--log-level', 'error', '--report', 'r'],
  ]);
});
