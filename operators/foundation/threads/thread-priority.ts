import { readFileSync, readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Sets the niceness of the calling thread: 0 is normal, 19 the lowest priority. Works on Linux
 * only, where threads have a niceness of their own; returns false if it has no effect.
 */
export function lowerThreadPriority(niceness: number): boolean {
  const thread = threadNumber();
  if (thread === null) return false;
  try {
    setPriority(thread, niceness);
    return true;
  } catch {
    return false;
  }
}

/** The kernel's number of the calling thread; null if the system has no such figure. */
export function threadNumber(): number | null {
  try {
    // The link reads `<process>/task/<thread>`.
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return null;
  }
}

/**
 * How long a thread of this process has waited for a processor since its start, in ms; null if the
 * system has no such figure, or no such thread.
 */
export function threadWaitedMs(thread: number): number | null {
  try {
    const schedstat = readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8');
    const waited = Number(schedstat.split(' ')[1]);
    return Number.isFinite(waited) ? waited / 1e6 : null;
  } catch {
    return null;
  }
}

/** Processor time of the calling thread in ms; null if the system has no such figure. */
export function threadCpuMs(): number | null {
  try {
    const nanoseconds = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
    return nanoseconds / 1e6;
  } catch {
    return null;
  }
}
