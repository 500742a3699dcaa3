// Workers do not inherit the loader that lets Node 20 run TypeScript, so each registers it for itself.
import { workerData } from 'node:worker_threads';

if (workerData.entry.endsWith('.ts')) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import(workerData.entry);
