import { readFileSync, readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Sets the niceness of the calling thread: 0 is normal, 19 the lowest priority. Works on Linux
 * only, where threads have a niceness of their own; returns false if it has no effect.
 */
export function lowerThreadPriority(niceness: number): boolean {
  try {
    // The link reads `<process>/task/<thread>`, in the kernel's numbers.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, niceness);
    return true;
  } catch {
    return false;
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
