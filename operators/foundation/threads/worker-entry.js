// Workers do not inherit the loader with which Node 20 runs TypeScript, so each registers its own.
import { workerData } from 'node:worker_threads';

if (workerData.entry.endsWith('.ts')) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import(workerData.entry);
