import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TableFolder, type TableSettings } from './table-folder.ts';
import type { TableRow } from './table-rows.ts';
import type { SetPair } from './table-sets.ts';
import { findProtocol } from '../../protocols/protocol-registry.ts';

/** Settings of {@link runTable}. */
export interface TableRun {
  readonly folder: TableFolder;
  readonly sets: ReadonlyMap<string, SetPair>;
  readonly settings: TableSettings;
  /** Folder of the backbone cache. Default: that of `lifelens bench learning`. */
  readonly cache: string | undefined;
  /** Rows that run at the same time, one process each. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Called with each line of progress. */
  readonly print: (line: string) => void;
  /** The program and its first arguments. Default: lifelens from this checkout. */
  readonly command?: readonly [string, ...string[]];
}

/** Rows by outcome; aborted rows are not counted. */
export interface TableCounts {
  /** Rows that had a report already. */
  skipped: number;
  reported: number;
  refused: number;
  failed: number;
}

const bin = join(import.meta.dirname, '../../../bin.js');
/** Time that a process has to end after SIGTERM. */
const killAfterMs = 5000;
/** Characters of standard error that are kept. */
const stderrTailMax = 8000;
/** The program's message about a strategy that rejects its input. */
const refusal = /^lifelens: strategy \S+: (.*)$/m;

/**
 * Runs the rows that have no report yet, in order. A strategy's refusal is stored in place of a
 * report; any other failure is printed and counted, and the remaining rows run. Aborting ends all
 * processes and keeps complete reports.
 */
export async function runTable(rows: readonly TableRow[], run: TableRun): Promise<TableCounts> {
  const { folder, signal, print } = run;
  const missing = rows.filter((row) => !folder.has(row));
  const counts = { skipped: rows.length - missing.length, reported: 0, refused: 0, failed: 0 };
  if (counts.skipped > 0) print(`${counts.skipped} of ${rows.length} rows have their reports`);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < missing.length && !signal.aborted) {
      const place = ++next;
      const row = missing[place - 1]!;
      const startedMs = performance.now();
      const outcome = await runRow(row, run);
      if (outcome === null) return;
      counts[outcome.kind]++;
      const took = duration(performance.now() - startedMs);
      print(`[${place}/${missing.length}] ${row.id}: ${outcome.text}, ${took}`);
    }
  };
  await Promise.all(Array.from({ length: run.jobs }, work));
  return counts;
}

interface RowOutcome {
  readonly kind: 'reported' | 'refused' | 'failed';
  readonly text: string;
}

/** Null for an aborted row. */
async function runRow(row: TableRow, run: TableRun): Promise<RowOutcome | null> {
  const { folder, sets, signal } = run;
  const pair = sets.get(row.set);
  if (pair === undefined) throw new RangeError(`no set for ${row.id}`);
  const args = argumentsOf(row, pair, run, await folder.draft(row), folder.outcomesDraft(row));
  const { code, stderr } = await runProcess(
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
  const [, reason] = refusal.exec(stderr) ?? [];
  if (reason !== undefined) {
    await folder.refuse(row, pair, reason);
    return { kind: 'refused', text: `refused (${reason})` };
  }
  return { kind: 'failed', text: `failed with ${code}\n${stderr.trimEnd()}` };
}

/** Command-line arguments of a row. */
export function argumentsOf(
  { protocol, strategy, size, bytesMax, seed }: TableRow,
  { train, test }: SetPair,
  { settings: { images, checkpoints }, cache }: Pick<TableRun, 'settings' | 'cache'>,
  report: string,
  outcomesFile: string,
): readonly string[] {
  const records = findProtocol(protocol)?.recordsOutcomes !== false;
  const outcomes = records ? outcomesFile : undefined;
  const optional = { memory: bytesMax ?? undefined, cache, images, checkpoints, outcomes };
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
): Promise<{ readonly code: number | string; readonly stderr: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrTailMax);
  });
  const closed = once(child, 'close');
  const release = killOnAbort(child, signal);
  try {
    const [code, killedBy] = (await closed) as [number | null, string | null];
    return { code: code ?? killedBy ?? '?', stderr };
  } finally {
    release();
  }
}

/** Ends a child when the signal aborts, and at the latest when this process exits. */
function killOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
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
