// Loaded into a measured process and, by inheritance, into each of its workers: writes down what its own thread
// holds, for ./thread-memory.ts to read. JavaScript, since it comes before whatever runs TypeScript.
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
      // The benchmark has what it wants and took the folder away.
    }
  };
  setInterval(read, everyMs).unref();
}
