import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '../../../application/metrics/run-report.ts';
import { Lifelens } from './lifelens-process.ts';

/** A `lifelens run` whose report a benchmark reads. */
export interface MeasuredRun {
  readonly lifelens: Lifelens;
  /** Ends the run in order. */
  stop(): void;
  /** The run's report; rejects where the process fails. */
  readonly report: Promise<RunReport>;
}

/** Log lines that an error message quotes. */
const linesQuoted = 5;

// An interrupted benchmark ends its processes too: see `exit` below.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/**
 * Starts `lifelens run` with these arguments; `environment` is added to that of this process.
 * `under` is a program and its arguments that run it, such as `taskset`.
 */
export function startRun(
  args: readonly string[],
  nodeArguments: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
): MeasuredRun {
  const folder = mkdtempSync(join(tmpdir(), 'lifelens-bench-'));
  const file = join(folder, 'report.json');
  const lifelens = new Lifelens(['run', ...args, '--report', file], {
    env: { ...process.env, ...environment },
    nodeArguments,
    under,
  });
  const stop = (): void => lifelens.kill('SIGINT');
  process.once('exit', stop);
  const report = lifelens.ended.then(({ code, logMessages, errorLines }) => {
    process.off('exit', stop);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : null;
    rmSync(folder, { recursive: true });
    if (code === 0 && text !== null) return JSON.parse(text) as RunReport;
    const quoted = [...logMessages.slice(-linesQuoted), ...errorLines].join('\n');
    throw new Error(`lifelens run ended with code ${String(code)}:\n${quoted}`);
  });
  return { lifelens, stop, report };
}
