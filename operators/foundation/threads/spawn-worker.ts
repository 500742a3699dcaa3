import { Worker, type WorkerOptions } from 'node:worker_threads';
import { createGuard, mayEnd, type NativeGuard, waitUntilOut } from './native-guard.ts';

/** Longest time that the end of the process waits for native code in a thread, in ms. */
export const nativeMsMax = 1000;

/** Guards of the threads that run. */
const running = new Set<NativeGuard>();
let isWatched = false;

/**
 * Starts a worker thread from a TypeScript source or its compiled JavaScript, whichever `entry`
 * names. The worker reads `data` with `workerSetup`.
 *
 * What it does in `runNative` is never cut off: `terminate`, and the end of the process, wait until
 * it is out of it.
 */
export function spawnWorker(
  entry: URL,
  data: unknown,
  options: Omit<WorkerOptions, 'workerData'> = {},
): Worker {
  const guard = createGuard();
  const worker = new Worker(new URL('./worker-entry.js', import.meta.url), {
    ...options,
    workerData: { entry: entry.href, data, guard },
  });
  running.add(guard);
  let hasEnded = false;
  const exited = new Promise<number>((resolve) => {
    worker.once('exit', (code) => {
      running.delete(guard);
      hasEnded = true;
      resolve(code);
    });
  });
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => (hasEnded || mayEnd(guard) ? terminate() : exited);
  watchExit();
  return worker;
}

/** Node ends all threads when the process ends, wherever they are. */
function watchExit(): void {
  if (isWatched) return;
  isWatched = true;
  process.on('exit', () => {
    const busy = [...running].filter((guard) => !mayEnd(guard));
    for (const guard of busy) waitUntilOut(guard, nativeMsMax);
  });
}

/**
 * The address of a module relative to the importing one (`import.meta.url`), with the same
 * extension: `.ts` in a checkout, `.js` in the compiled package.
 */
export function siblingModule(path: string, importer: string): URL {
  return new URL(path + (importer.endsWith('.ts') ? '.ts' : '.js'), importer);
}
