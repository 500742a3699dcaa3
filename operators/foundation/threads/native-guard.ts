import { workerData } from 'node:worker_threads';

/** Where a thread is, shared with the thread that started it: one integer. */
export type NativeGuard = Int32Array<SharedArrayBuffer>;

/** In JavaScript; in native code; in native code, and to end once out of it; to end at once. */
const [inScript, inNative, leaving, ending] = [0, 1, 2, 3] as const;

/** A guard for a new thread. */
export function createGuard(): NativeGuard {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Runs native code that does not bear that its thread is ended meanwhile: a binding whose calls to
 * V8 fail then may abort the whole process. A thread that is to end does so before or after it.
 *
 * Synchronous, and for threads of `spawnWorker`; elsewhere it runs the work only.
 */
export function runNative<Result>(work: () => Result, guard = ownGuard()): Result {
  const within: readonly number[] = [inNative, leaving];
  if (guard === null || within.includes(Atomics.load(guard, 0))) return work();
  // The thread is being ended, which this wait does not hold up.
  while (Atomics.compareExchange(guard, 0, inScript, inNative) !== inScript) {
    Atomics.wait(guard, 0, ending);
  }
  try {
    return work();
  } finally {
    if (Atomics.compareExchange(guard, 0, inNative, inScript) === leaving) {
      Atomics.store(guard, 0, ending);
      Atomics.notify(guard, 0);
      process.exit(1);
    }
  }
}

/**
 * Called from outside of a thread that is to end. True: it may be ended at once, and enters no
 * native code any more. False: it is in native code, and ends by itself when that returns.
 */
export function mayEnd(guard: NativeGuard): boolean {
  for (;;) {
    const was = Atomics.compareExchange(guard, 0, inScript, ending);
    if (was === inScript || was === ending) return true;
    if (Atomics.compareExchange(guard, 0, inNative, leaving) !== inScript) return false;
  }
}

/** Blocks until a thread that {@link mayEnd} not is out of native code, for `ms` at most. */
export function waitUntilOut(guard: NativeGuard, ms: number): void {
  Atomics.wait(guard, 0, leaving, ms);
}

/** The guard with which `spawnWorker` started this thread; null in others. */
function ownGuard(): NativeGuard | null {
  return (workerData as { guard?: NativeGuard } | null)?.guard ?? null;
}
