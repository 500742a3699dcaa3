import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** How a process ended. */
export interface ProcessEnd {
  /** Null where a signal ended it, or where it never started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error: Error | null;
}

/** A running ffmpeg. */
export interface FfmpegProcess {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  /** What it printed on stderr, the newest `stderrMax` characters of it. */
  readonly stderrTail: () => string;
  /** Resolves when the process is gone and its stderr read; never rejects. Stdout may still hold unread bytes. */
  readonly ended: Promise<ProcessEnd>;
}

/** How long a process may take to end after SIGTERM before it gets SIGKILL. */
const killAfterMs = 500;
/** How long stderr may stay open after the process is gone; a grandchild could hold it for ever. */
const stderrGraceMs = 200;

/** Those that must not outlive this process, however it exits. */
const alive = new Set<ChildProcess>();
let watchingExit = false;

/**
 * Starts one ffmpeg whose life is bound to `signal`: aborting asks it to end and, 500 ms
 * later, kills it. Its stdout is drained meanwhile, since a writer blocked on a full pipe
 * does not react to being asked. Of stderr the newest `stderrMax` characters are kept.
 */
export function startFfmpeg(
  path: string,
  args: readonly string[],
  signal: AbortSignal,
  stderrMax = 4096,
): FfmpegProcess {
  signal.throwIfAborted();
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  keepWatch(child);
  let tail = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    tail = (tail + text).slice(-stderrMax);
  });
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.stdout.removeAllListeners('data');
    child.stdout.resume();
  };
  signal.addEventListener('abort', stop, { once: true });
  const gone = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, by) => resolve({ code, signal: by, error: null }));
  });
  const stderrRead = new Promise<void>((resolve) => child.stderr.once('close', resolve));
  const ended = gone.then(async (end) => {
    signal.removeEventListener('abort', stop);
    clearTimeout(killTimer);
    alive.delete(child);
    await Promise.race([stderrRead, delay(stderrGraceMs, undefined, { ref: false })]);
    return end;
  });
  return { pid: child.pid, stdout: child.stdout, stderrTail: () => tail.trim(), ended };
}

/** `process.exit()` runs no timers: what is still alive then is killed at once. */
function keepWatch(child: ChildProcess): void {
  alive.add(child);
  if (watchingExit) return;
  watchingExit = true;
  process.once('exit', () => {
    for (const left of alive) left.kill('SIGKILL');
  });
}

/** The last line of a process's stderr, or how it ended where it said nothing. */
export function lastWords(tail: string, end: ProcessEnd): string {
  const line = tail.split(/[\r\n]+/).findLast((text) => text.trim() !== '');
  if (end.error !== null) return end.error.message;
  if (line !== undefined) return line.trim();
  return end.signal === null
    ? `ffmpeg exited with code ${String(end.code)}`
    : `ffmpeg was killed by ${end.signal}`;
}
