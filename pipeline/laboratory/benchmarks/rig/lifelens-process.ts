import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunReport } from '../../../application/metrics/run-report.ts';

/** A `lifelens run` in a process of its own. */
export interface LifelensProcess {
  readonly pid: number;
  /** Resolves with the first log line that holds this text. */
  logged(text: string): Promise<string>;
  /** Address of the dashboard. */
  address(): Promise<string>;
  /** Ends it in order. */
  stop(): void;
  /** The report; rejects where the process ends badly. */
  readonly report: Promise<RunReport>;
}

const bin = join(import.meta.dirname, '../../../bin.js');
/** Log lines that an error message quotes. */
const linesQuoted = 5;

// A benchmark that is ended takes its processes along: see `exit` below.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts `lifelens run` with these arguments, and `node` with `nodeArguments` before them and `environment` added. */
export function startLifelens(
  args: readonly string[],
  nodeArguments: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): LifelensProcess {
  const folder = mkdtempSync(join(tmpdir(), 'lifelens-bench-'));
  const file = join(folder, 'report.json');
  const child = spawn(process.execPath, [...nodeArguments, bin, 'run', ...args, '--report', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  const waiting = new Set<{ text: string; resolve: (line: string) => void }>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    for (const wish of waiting) {
      if (!line.includes(wish.text)) continue;
      waiting.delete(wish);
      wish.resolve(line);
    }
  });
  const stop = (): void => void child.kill('SIGINT');
  process.once('exit', stop);
  const report = once(child, 'close').then(([code]) => {
    process.off('exit', stop);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : null;
    rmSync(folder, { recursive: true });
    if (code === 0 && text !== null) return JSON.parse(text) as RunReport;
    const quoted = lines.slice(-linesQuoted).join('\n');
    throw new Error(`lifelens run ended with code ${String(code)}:\n${quoted}`);
  });
  const logged = (text: string): Promise<string> => {
    const line = lines.find((written) => written.includes(text));
    if (line !== undefined) return Promise.resolve(line);
    const heard = new Promise<string>((resolve) => waiting.add({ text, resolve }));
    const ended = report.then(() => {
      throw new Error(`lifelens run ended without saying “${text}”`);
    });
    return Promise.race([heard, ended]);
  };
  return {
    pid: child.pid ?? 0,
    logged,
    async address() {
      const line = await logged('dashboard at http');
      return /http:\/\/[^"\s]+/.exec(line)?.[0] ?? '';
    },
    stop,
    report,
  };
}
