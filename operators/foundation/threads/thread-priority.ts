import { readFileSync, readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lowers the calling thread's claim to processors; 0 is normal, 19 the least. Linux only, where threads
 * have a niceness of their own; says false elsewhere and where the system refuses.
 */
export function lowerThreadPriority(niceness: number): boolean {
  try {
    // `<process>/task/<thread>`, as the kernel numbers them.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, niceness);
    return true;
  } catch {
    return false;
  }
}

/** Processor time that the calling thread has had, in ms; null where the system does not tell. */
export function threadCpuMs(): number | null {
  try {
    const nanoseconds = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
    return nanoseconds / 1e6;
  } catch {
    return null;
  }
}
