import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strategyNames } from '../../../operators/learn/strategies/strategy-registry.ts';
import { benchmarkFlags, numberOf } from './rig/benchmark.ts';
import { runTable, type TableCounts } from './learning-table/run-table.ts';
import { drawSmokeSet } from './learning-table/smoke-set.ts';
import { TableFolder } from './learning-table/table-folder.ts';
import { fullTable, matchingRows, type RowGroup, rowsOf } from './learning-table/table-rows.ts';
import { prepareSets } from './learning-table/table-sets.ts';

// Runs every protocol with every strategy worth comparing, one process per row. Existing reports
// are kept, so that an interrupted table can be resumed:
//   node --import tsx pipeline/laboratory/benchmarks/learning-table.bench.ts --data DIR
//     [--out bench-reports] [--only PATTERN]... [--jobs 1] [--cache DIR] [--checkpoints N]
//     [--images N] [--seeds 1,2,3] [--list]
// Each of --seeds is an order of classes, and a row of its own.
// With --smoke, two tiny rows on a drawn set and their results page, in a temporary folder.
const flags = benchmarkFlags({
  out: { type: 'string', default: 'bench-reports' },
  only: { type: 'string', multiple: true, default: [] },
  jobs: { type: 'string', default: '1' },
  cache: { type: 'string' },
  checkpoints: { type: 'string' },
  images: { type: 'string' },
  seeds: { type: 'string', default: '1' },
  list: { type: 'boolean', default: false },
});
/** Too small a cap for any strategy. */
const tooLittleMiB = 1 / 64;
const stop = new AbortController();
// The second signal ends this process at once, and its children with it.
const onSignal = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

await (flags.smoke ? smoke() : fillTable());

async function fillTable(): Promise<void> {
  const seeds = flags.seeds.split(',').map(numberOf);
  if (!seeds.every(Number.isInteger)) throw new Error(`--seeds ${flags.seeds}, expected 1,2,3`);
  const all = rowsOf(fullTable, strategyNames, [...new Set(seeds)]);
  const rows = matchingRows(all, flags.only);
  if (flags.list) {
    console.log(rows.map(({ id }) => id).join('\n'));
    return;
  }
  const { data, out, cache, images, checkpoints } = flags;
  if (data === undefined) throw new Error('expected --data DIR, or --list');
  const jobs = numberOf(flags.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs ${jobs}, expected 1 or more`);
  const settings = { images, checkpoints };
  const folder = await TableFolder.open(out, settings);
  const sets = await prepareSets(
    rows.map(({ set }) => set),
    data,
    out,
  );
  const run = { folder, sets, settings, cache, jobs, signal: stop.signal, print: console.log };
  const counts = await runTable(rows, run);
  const lines = await folder.writeLines(all);
  console.log(describe(counts));
  if (stop.signal.aborted) console.log('stopped; the same command resumes');
  console.log(`to write the page: npm run bench:results -- --from ${lines}`);
  process.exitCode = stop.signal.aborted ? 130 : counts.failed > 0 ? 1 : 0;
}

/** Runs one row that succeeds and one that is rejected, and writes their page. */
async function smoke(): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), 'lifelens-table-'));
  try {
    const sets = new Map([['drawn', await drawSmokeSet(join(out, 'drawn'))]]);
    const [strategy] = strategyNames;
    const groups = [undefined, [tooLittleMiB]].map((capsMiB): RowGroup => {
      return { set: 'drawn', protocol: 'all', strategies: 'default', ...(capsMiB && { capsMiB }) };
    });
    const rows = rowsOf(groups, strategyNames);
    const settings = { checkpoints: '1' };
    const folder = await TableFolder.open(out, settings);
    const cache = join(out, 'cache');
    const parts = { folder, sets, settings, cache, signal: stop.signal };
    const counts = await runTable(rows, { ...parts, jobs: 2, print: console.log });
    console.log(describe(counts));
    const page = writePage(await folder.writeLines(rows), join(out, 'docs'));
    if (counts.reported !== 1 || counts.refused !== 1) throw new Error('expected one of each');
    for (const row of [`| ${strategy ?? ''} `, `- \`${strategy ?? ''}\`, within`]) {
      if (!page.includes(row)) throw new Error(`the page lacks ${row}:\n${page}`);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function writePage(lines: string, docs: string): string {
  const script = join(import.meta.dirname, '../../../deploy/scripts/write-results.ts');
  const args = ['--import', 'tsx', script, '--from', lines, '--docs', docs];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the page was not written: exit code ${status ?? '?'}`);
  return readFileSync(join(docs, 'results.md'), 'utf8');
}

function describe({ skipped, reported, refused, failed }: TableCounts): string {
  return `${reported} measured, ${refused} rejected, ${failed} failed, ${skipped} kept`;
}
