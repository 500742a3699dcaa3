import { Worker, type WorkerOptions } from 'node:worker_threads';
import { forbidTelemetry } from '../../detect/engines/onnx/forbid-telemetry.ts';

/**
 * Starts a worker thread from a TypeScript source or its compiled JavaScript, whichever `entry` names.
 * `workerData` reaches the worker as `workerData.data`.
 */
export function spawnWorker(
  entry: URL,
  data: unknown,
  options: Omit<WorkerOptions, 'workerData'> = {},
): Worker {
  forbidTelemetry();
  return new Worker(new URL('./worker-entry.js', import.meta.url), {
    ...options,
    workerData: { entry: entry.href, data },
  });
}
