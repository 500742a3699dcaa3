import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../../errors/code-of.ts';

/** A lock that only the file `lock` stands for expires on another host after so long untouched. */
export const untouchedMaxMs = 60_000;

/** Behind the host name: the holder has a lock of the system, without which the file is stale. */
export const systemLockMark = ' (locks lock.db)';

/** Who holds the lock of a folder; the file `lock` reads `PID START HOST`. */
export interface LockHolder {
  readonly pid: number;
  /** Start time of the process in clock ticks of the system; 0 where it is unavailable. */
  readonly started: string;
  readonly host: string;
  readonly hasSystemLock: boolean;
}

/** Parses the file `lock`; null for any other text. */
export function parseHolder(text: string): LockHolder | null {
  const [, pid = '', started = '', name = ''] = /^(\d{1,10}) (\d+) (.+)\n$/.exec(text) ?? [];
  if (pid === '') return null;
  const hasSystemLock = name.endsWith(systemLockMark);
  const host = hasSystemLock ? name.slice(0, -systemLockMark.length) : name;
  return { pid: Number(pid), started, host, hasSystemLock };
}

/**
 * Whether a holder without a lock of the system is alive: on this host its process is, and started
 * at the same time; on another one, which is not visible, the file was touched within a minute.
 */
export function isAlive(path: string, { pid, started, host }: LockHolder): boolean {
  if (host !== hostname()) return Date.now() - statSync(path).mtimeMs < untouchedMaxMs;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process is alive but belongs to another user.
    if (codeOf(error) !== 'EPERM') return false;
  }
  return started === startOf(pid);
}

/** Start time of a process: field 22 of `/proc/PID/stat` on Linux, 0 elsewhere. */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, which may itself contain spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}
