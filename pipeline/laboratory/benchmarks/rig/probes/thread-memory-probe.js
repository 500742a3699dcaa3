// Preloaded into a measured process and inherited by its workers: records the memory of its own
// thread for ./thread-memory.ts. JavaScript, because it is loaded before any TypeScript loader.
import { appendFileSync } from 'node:fs';
import { isMainThread, threadId, workerData } from 'node:worker_threads';

const everyMs = 2000;
const folder = process.env.THREAD_MEMORY_FOLDER;
const entry = isMainThread ? 'main' : workerData?.entry;

if (folder !== undefined && typeof entry === 'string') {
  const thread = entry.replace(/^.*\//, '').replace(/\.\w+$/, '');
  const read = () => {
    const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    const line = JSON.stringify({ heapUsed, heapTotal, external, arrayBuffers });
    try {
      appendFileSync(`${folder}/${thread}-${threadId}.jsonl`, `${line}\n`);
    } catch {
      // The benchmark has finished and removed the folder.
    }
  };
  setInterval(read, everyMs).unref();
}
