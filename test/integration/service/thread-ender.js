// Preloaded into a program and inherited by its workers: ends the worker thread whose name the file
// `END_THREAD` has, as a crash of that thread would. JavaScript, because it is loaded before any
// TypeScript loader.
import { readFileSync, rmSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

const file = process.env.END_THREAD;

if (!isMainThread && file !== undefined && typeof workerData?.entry === 'string') {
  const look = () => {
    let name;
    try {
      name = readFileSync(file, 'utf8');
    } catch {
      return;
    }
    if (name === '' || !workerData.entry.includes(name)) return;
    rmSync(file, { force: true });
    process.exit(1);
  };
  setInterval(look, 50).unref();
}
