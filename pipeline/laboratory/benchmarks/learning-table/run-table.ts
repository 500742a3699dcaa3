import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { seed, type TableFolder, type TableSettings } from './table-folder.ts';
import type { TableRow } from './table-rows.ts';
import type { SetPair } from './table-sets.ts';

/** What a table is run with. */
export interface TableRun {
  readonly folder: TableFolder;
  readonly sets: ReadonlyMap<string, SetPair>;
  readonly settings: TableSettings;
  /** Where what was seen in pictures is kept; undefined as the benchmark has it. */
  readonly cache: string | undefined;
  /** Rows at a time, a process each. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Takes a line for a person. */
  readonly tell: (line: string) => void;
  /** The program and its first arguments. Default: lifelens out of this checkout. */
  readonly command?: readonly [string, ...string[]];
}

/** How many rows came to which end; those that were broken off are in none. */
export interface TableCounts {
  /** Their reports were there. */
  skipped: number;
  reported: number;
  refused: number;
  failed: number;
}

const bin = join(import.meta.dirname, '../../../bin.js');
/** How a process may end once it was asked to. */
const killAfterMs = 5000;
/** Of what a process says, the end is kept. */
const saidMax = 8000;
/** What the program says of a strategy that won't learn what it was given. */
const refusal = /^lifelens: strategy \S+: (.*)$/m;

/**
 * Runs the rows that have no report yet, in their order. A strategy that refuses is written down as such; a row that
 * fails in another way is told and counted, and the others go on. Aborting ends all processes and keeps
 * the reports that are whole.
 */
export async function runTable(rows: readonly TableRow[], run: TableRun): Promise<TableCounts> {
  const { folder, signal, tell } = run;
  const open = rows.filter((row) => !folder.has(row));
  const counts = { skipped: rows.length - open.length, reported: 0, refused: 0, failed: 0 };
  if (counts.skipped > 0) tell(`${counts.skipped} of ${rows.length} rows have their reports`);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < open.length && !signal.aborted) {
      const place = ++next;
      const row = open[place - 1]!;
      const startedMs = performance.now();
      const ending = await runRow(row, run);
      if (ending === null) return;
      counts[ending.kind]++;
      const took = duration(performance.now() - startedMs);
      tell(`[${place}/${open.length}] ${row.id}: ${ending.text}, ${took}`);
    }
  };
  await Promise.all(Array.from({ length: run.jobs }, work));
  return counts;
}

interface Ending {
  readonly kind: 'reported' | 'refused' | 'failed';
  readonly text: string;
}

/** Null where it was broken off. */
async function runRow(row: TableRow, run: TableRun): Promise<Ending | null> {
  const { folder, sets, signal } = run;
  const pair = sets.get(row.set);
  if (pair === undefined) throw new RangeError(`no set for ${row.id}`);
  const args = argumentsOf(row, pair, run, await folder.draft(row));
  const { code, said } = await runProcess(
    [...(run.command ?? [process.execPath, bin]), ...args],
    signal,
  );
  if (signal.aborted) {
    await folder.drop(row);
    return null;
  }
  if (code === 0 && (await folder.keep(row))) {
    const outcome = await folder.outcomeOf(row);
    const map50 = 'map50' in outcome && outcome.map50 !== null ? outcome.map50.toFixed(3) : '–';
    return { kind: 'reported', text: `mAP50 ${map50}` };
  }
  await folder.drop(row);
  const [, reason] = refusal.exec(said) ?? [];
  if (reason !== undefined) {
    await folder.refuse(row, pair, reason);
    return { kind: 'refused', text: `refused (${reason})` };
  }
  return { kind: 'failed', text: `failed with ${code}\n${said.trimEnd()}` };
}

/** The command line of a row, after the program's name. */
export function argumentsOf(
  { protocol, strategy, size, bytesMax }: TableRow,
  { train, test }: SetPair,
  { settings: { images, checkpoints }, cache }: Pick<TableRun, 'settings' | 'cache'>,
  report: string,
): readonly string[] {
  const optional = { memory: bytesMax ?? undefined, cache, images, checkpoints };
  return [
    ...['bench', 'learning', '--train', train, '--test', test, '--protocol', protocol],
    ...['--strategy', strategy, '--seed', String(seed), '--size', String(size)],
    ...Object.entries(optional).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
    ...['--log-level', 'error', '--report', report],
  ];
}

async function runProcess(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | string; readonly said: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-saidMax);
  });
  const closed = once(child, 'close');
  const release = endWith(child, signal);
  try {
    const [code, killedBy] = (await closed) as [number | null, string | null];
    return { code: code ?? killedBy ?? '?', said };
  } finally {
    release();
  }
}

/** Ends a process when the signal says so, and at the latest when this one ends. */
function endWith(child: ChildProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  process.once('exit', kill);
  if (signal.aborted) end();
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    process.off('exit', kill);
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${(ms / 1000).toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}
