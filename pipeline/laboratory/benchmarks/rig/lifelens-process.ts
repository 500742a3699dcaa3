import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The program: of this checkout, or of another one or a built one that `LIFELENS_ROOT` names. */
const launcher = join(
  process.env['LIFELENS_ROOT'] ?? join(import.meta.dirname, '../../../..'),
  'pipeline/bin.js',
);

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Lines of standard error that are not log lines. */
  readonly errorLines: readonly string[];
  /** Messages of the log, in order. */
  readonly logMessages: readonly string[];
  /** From the start, in ms. */
  readonly durationMs: number;
  /** Processes that the program started and that outlived it. */
  readonly orphans: readonly string[];
}

/** Settings of a {@link Lifelens} process besides its arguments. */
export interface ProcessOptions {
  /** Default: the working directory of this process. */
  readonly cwd?: string;
  /** Its whole environment. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Arguments of `node`, before the program. */
  readonly nodeArguments?: readonly string[];
  /** A program and its arguments that run `node`, such as `unshare`. Default: none. */
  readonly under?: readonly string[];
}

/** The program as a user starts it: a process of its own, with real engines and a real ffmpeg. */
export class Lifelens {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(argv: readonly string[], options: ProcessOptions = {}) {
    const { cwd = process.cwd(), env = process.env, nodeArguments = [], under = [] } = options;
    const startedMs = performance.now();
    const [command, ...words] = [...under, process.execPath, ...nodeArguments, launcher, ...argv];
    // A process group of its own: members left in it afterwards are orphans.
    const child = spawn(command!, words, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        const durationMs = performance.now() - startedMs;
        const { errorLines, logMessages } = splitStderr(this.#stderr);
        const ended = { code, signal, stdout: this.#stdout, errorLines, logMessages, durationMs };
        processesOf(child.pid ?? 0).then(
          (orphans) => resolve({ ...ended, orphans }),
          (error: unknown) => reject(error as Error),
        );
      });
    });
  }

  /** Process id; 0 where it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the n-th matching log message, n = `times`. */
  async logs(pattern: RegExp, { times = 1, withinMs = 30_000 } = {}): Promise<string> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const { logMessages } = splitStderr(this.#stderr);
      const found = logMessages.filter((line) => pattern.test(line))[times - 1];
      if (found !== undefined) return found;
      if (!this.running || performance.now() > deadlineMs) {
        throw new Error(`${pattern.source} was not logged ${times} times: ${this.#stderr}`);
      }
      await delay(20);
    }
  }

  /** Resolves with the dashboard's address once it is served. */
  async url(withinMs?: number): Promise<string> {
    const line = await this.logs(/^dashboard at /, withinMs === undefined ? {} : { withinMs });
    return line.slice('dashboard at '.length);
  }

  /** Processes that the program started, such as its ffmpegs. */
  async children(): Promise<readonly string[]> {
    return (await processesOf(this.pid)).filter((line) => !line.startsWith(`${this.pid} `));
  }

  /** Sends a signal without waiting. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal; resolves with the ending and the time it took, in ms. */
  async stop(signal: NodeJS.Signals): Promise<Ended & { readonly stopMs: number }> {
    const signalledMs = performance.now();
    this.kill(signal);
    const ended = await this.ended;
    return { ...ended, stopMs: performance.now() - signalledMs };
  }

  /** Kills the whole process group, for cleaning up after a failed test. */
  async destroy(): Promise<void> {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
    await this.ended;
  }
}

function splitStderr(stderr: string): { errorLines: string[]; logMessages: string[] } {
  const errorLines: string[] = [];
  const logMessages: string[] = [];
  for (const line of stderr.split('\n').filter((text) => text !== '')) {
    if (!line.startsWith('{"level":')) errorLines.push(line);
    else if (line.endsWith('}')) logMessages.push((JSON.parse(line) as { msg: string }).msg);
  }
  return { errorLines, logMessages };
}

/** Live processes of a process group, as `pid name`. */
async function processesOf(group: number): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    // pid (name) state ppid pgrp …; names may contain spaces and parentheses.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(pgrp) === group && state !== 'Z') found.push(`${pid} ${name}`);
  }
  return found;
}
