import { readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../operators/foundation/errors/code-of.ts';
import { StateError } from '../../operators/foundation/files/state-error.ts';
import { readStateFile, stateFailure } from '../../operators/foundation/files/state-file.ts';

const attemptsMax = 20;
const betweenMs = 50;
/** How often a holder touches its lock, and how long another host's counts that nobody touched. */
const touchEveryMs = 10_000;
const untouchedMaxMs = 60_000;

/** Who holds a lock, as its file says it: `PID START HOST`. */
interface Holder {
  readonly pid: number;
  /** When that process started, in the system's own count; 0 where the system does not tell. */
  readonly started: string;
  readonly host: string;
}

/**
 * Takes the file `lock` in a state folder, which is made where there is none, and resolves with what gives it
 * back; the end of the process does so at the latest. Rejects with a {@link StateError} `in-use` where a
 * process holds it, this one included.
 *
 * The lock of a process that is gone is taken over. A number may be another process's by now, as in a container
 * whose first process is always 1, so that its start counts too. Of another host's processes nothing is known, and a
 * container that is made anew is another host: such a lock is taken over once it was not touched for a minute.
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
    // Whoever has just made the file is about to write into it.
    if (holder === null && attempt < attemptsMax - 2) await delay(betweenMs);
    else await orUnwritable(stateDir, takeAway(path, text));
  }
  throw new StateError('in-use', path, `${stateDir} is in use: ${path} changes all the time`);
}

/** Says false where the file is there already. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock that nobody holds; one that somebody took meanwhile is put back. */
async function takeAway(path: string, stale: string): Promise<void> {
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
      // Deleted by a person, it may be another's by now.
      if (readFileSync(path, 'utf8') === own) rmSync(path);
    } catch {
      // The folder is gone, or nobody may write to it any more: the next process finds this one gone.
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
    // Another user's process is alive and may not be signalled.
    if (codeOf(error) !== 'EPERM') return false;
  }
  return started === startOf(pid);
}

/** Field 22 of Linux's `/proc/PID/stat`, in ticks since the system started; 0 elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, which may hold spaces and parentheses.
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
