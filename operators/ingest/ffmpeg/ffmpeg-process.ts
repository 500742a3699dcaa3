import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { withoutSecrets } from '../../foundation/secrets/shown-address.ts';

/** How a process exited. */
export interface ProcessEnd {
  /** Null when a signal killed it, or when it did not start. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it did not start; null otherwise. */
  readonly error: Error | null;
}

/** A running ffmpeg. */
export interface FfmpegProcess {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  /** The last `stderrMax` characters of stderr. */
  readonly stderrTail: () => string;
  /**
   * Resolves when the process has exited and its stderr is read; never rejects. Stdout may still
   * hold unread bytes.
   */
  readonly ended: Promise<ProcessEnd>;
}

/** Time between SIGTERM and SIGKILL. */
export const killAfterMs = 500;
/** How long to wait for the end of stderr after the exit: a grandchild could keep it open. */
const stderrGraceMs = 200;

/** Processes to kill when this one exits. */
const running = new Set<ChildProcess>();
let hasExitListener = false;

export interface FfmpegStart {
  readonly path: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Characters of stderr that are kept. Default 4096. */
  readonly stderrMax?: number;
  /**
   * Called with each line of stderr, cut off after 8192 characters. What it returns is kept for
   * `stderrTail`; null keeps nothing. Default: every line is kept.
   */
  readonly onLine?: (line: string) => string | null;
}

/** Longer lines are cut off: what a camera sends may be quoted in them. */
const lineMax = 8192;

/**
 * Starts one ffmpeg that runs until `signal` aborts: it is sent SIGTERM and, 500 ms later, SIGKILL.
 *
 * Its stdout is drained in between, since ffmpeg ignores SIGTERM while it is blocked on a full
 * pipe.
 */
export function startFfmpeg(start: FfmpegStart): FfmpegProcess {
  const { path, args, environment, signal, stderrMax = 4096, onLine } = start;
  signal.throwIfAborted();
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // eslint-disable-next-line no-restricted-properties -- ffmpeg gets the whole environment
    env: { ...process.env, ...environment },
  });
  killOnExit(child);
  let tail = '';
  const keep = (text: string): void => {
    tail = (tail + text).slice(-stderrMax);
  };
  child.stderr.setEncoding('utf8');
  child.stderr.on(
    'data',
    onLine === undefined
      ? keep
      : eachLine((line) => {
          const kept = onLine(line);
          if (kept !== null) keep(`${kept}\n`);
        }),
  );
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.stdout.removeAllListeners('data');
    child.stdout.resume();
  };
  signal.addEventListener('abort', stop, { once: true });
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy, error: null }));
  });
  const stderrRead = new Promise<void>((resolve) => child.stderr.once('close', resolve));
  const ended = exited.then(async (end) => {
    signal.removeEventListener('abort', stop);
    clearTimeout(killTimer);
    running.delete(child);
    await Promise.race([stderrRead, delay(stderrGraceMs, undefined, { ref: false })]);
    return end;
  });
  return { pid: child.pid, stdout: child.stdout, stderrTail: () => tail.trim(), ended };
}

/** Puts lines together from the parts in which they come; the last one has to end as well. */
function eachLine(read: (line: string) => void): (text: string) => void {
  let begun = '';
  return (text) => {
    const lines = text.split('\n');
    const last = lines.length - 1;
    for (const [i, part] of lines.entries()) {
      begun = (begun + part).slice(0, lineMax);
      if (i === last) return;
      read(begun.endsWith('\r') ? begun.slice(0, -1) : begun);
      begun = '';
    }
  };
}

/** Kills the process when this one exits: no SIGKILL timer runs after `process.exit()`. */
function killOnExit(child: ChildProcess): void {
  running.add(child);
  if (hasExitListener) return;
  hasExitListener = true;
  process.once('exit', () => {
    for (const each of running) each.kill('SIGKILL');
  });
}

/**
 * The last line of a failed process's stderr, or how it ended if stderr is empty. What ffmpeg
 * quotes of addresses is reduced to what may be shown.
 */
export function failureReason(stderrTail: string, end: ProcessEnd): string {
  const line = stderrTail.split(/[\r\n]+/).findLast((text) => text.trim() !== '');
  if (end.error !== null) return end.error.message;
  if (line !== undefined) return withoutSecrets(line.trim());
  return end.signal === null
    ? `ffmpeg exited with code ${String(end.code)}`
    : `ffmpeg was killed by ${end.signal}`;
}
