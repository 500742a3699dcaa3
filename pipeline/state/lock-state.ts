import { readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../operators/foundation/errors/code-of.ts';
import { StateError } from '../../operators/foundation/files/state-error.ts';
import { readStateFile, stateFailure } from '../../operators/foundation/files/state-file.ts';

const attemptsMax = 20;
const retryMs = 50;
/** Interval at which the holder updates the modification time of its lock. */
const touchEveryMs = 10_000;
/** A lock of another host expires when it has not been touched for this long. */
export const untouchedMaxMs = 60_000;

/** The holder of a lock; the file reads `PID START HOST`. */
interface Holder {
  readonly pid: number;
  /** Start time of the process in clock ticks of the system; 0 where it is unavailable. */
  readonly started: string;
  readonly host: string;
}

/**
 * Acquires the file `lock` in a state folder, which is created if necessary, and resolves with the
 * function that releases it. The end of the process releases it too.
 *
 * Rejects with a {@link StateError} `in-use` when any process holds it, this one included. The lock
 * of a process that has ended is taken over; the start time distinguishes it from a new process of
 * the same id, such as the first one of a container, which always has id 1. Processes of another
 * host are not visible, and a recreated container counts as another host: such a lock is taken over
 * once it has not been touched for a minute.
 */
export async function lockState(stateDir: string): Promise<() => Promise<void>> {
  const path = join(stateDir, 'lock');
  const own = `${process.pid} ${startOf(process.pid)} ${hostname()}\n`;
  await orUnwritable(stateDir, mkdir(stateDir, { recursive: true }));
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (await orUnwritable(stateDir, create(path, own))) return releaseOf(path, own);
    const text = await readStateFile(path, null);
    if (text === null) continue;
    const holder = parse(text);
    if (holder !== null && (await isHeld(path, holder))) throw inUse(stateDir, path, holder);
    // The process that has just created the file is about to write into it.
    if (holder === null && attempt < attemptsMax - 2) await delay(retryMs);
    else await orUnwritable(stateDir, removeStale(path, text));
  }
  throw new StateError('in-use', path, `${stateDir} is in use: ${path} keeps changing`);
}

/** Resolves to false when the file already exists. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a stale lock; one that another process has acquired meanwhile is put back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readStateFile(aside, null)) === stale) await rm(aside, { force: true });
  else await rename(aside, path);
}

function releaseOf(path: string, own: string): () => Promise<void> {
  const touch = (): void => void utimes(path, new Date(), new Date()).catch(() => undefined);
  const timer = setInterval(touch, touchEveryMs).unref();
  const release = (): void => {
    clearInterval(timer);
    process.off('exit', release);
    try {
      // If a person deleted the file, another process may hold it now.
      if (readFileSync(path, 'utf8') === own) rmSync(path);
    } catch {
      // The folder is gone or read-only: the next process finds that this one has ended.
    }
  };
  process.once('exit', release);
  return async () => release();
}

function parse(text: string): Holder | null {
  const [, pid = '', started = '', host = ''] = /^(\d{1,10}) (\d+) (.+)\n$/.exec(text) ?? [];
  return pid === '' ? null : { pid: Number(pid), started, host };
}

async function isHeld(path: string, { pid, started, host }: Holder): Promise<boolean> {
  if (host !== hostname()) {
    const touchedMs = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => -Infinity,
    );
    return Date.now() - touchedMs < untouchedMaxMs;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process is alive but belongs to another user.
    if (codeOf(error) !== 'EPERM') return false;
  }
  return started === startOf(pid);
}

/** Start time of a process: field 22 of `/proc/PID/stat` on Linux, 0 elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, which may itself contain spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function inUse(stateDir: string, path: string, { pid, host }: Holder): StateError {
  const who = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  const wait = host === hostname() ? '' : ' or wait a minute';
  const way = `where that has ended, delete ${path}${wait}`;
  return new StateError('in-use', path, `${stateDir} is in use by ${who}; ${way}`);
}

async function orUnwritable<T>(stateDir: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cause instanceof StateError ? cause : stateFailure('write', stateDir, cause);
  });
}
