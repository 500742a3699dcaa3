import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a worker thread from a TypeScript source or its compiled JavaScript, whichever `entry`
 * names. The worker reads `data` with `workerSetup`.
 */
export function spawnWorker(
  entry: URL,
  data: unknown,
  options: Omit<WorkerOptions, 'workerData'> = {},
): Worker {
  return new Worker(new URL('./worker-entry.js', import.meta.url), {
    ...options,
    workerData: { entry: entry.href, data },
  });
}

/**
 * The address of a module relative to the importing one (`import.meta.url`), with the same
 * extension: `.ts` in a checkout, `.js` in the compiled package.
 */
export function siblingModule(path: string, importer: string): URL {
  return new URL(path + (importer.endsWith('.ts') ? '.ts' : '.js'), importer);
}
