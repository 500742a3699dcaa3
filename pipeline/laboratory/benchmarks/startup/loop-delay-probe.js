// Preloaded into a measured process: writes the longest delay of the main thread's event loop in
// every tenth of a second. JavaScript, because it is loaded before any TypeScript loader.
import { appendFile } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const everyMs = 100;
const resolutionMs = 5;
const file = process.env.LOOP_DELAY_FILE;

if (isMainThread && file !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  setInterval(() => {
    // The interval of the monitor itself is part of what it measures.
    const maxMs = Math.max(0, histogram.max / 1e6 - resolutionMs);
    histogram.reset();
    // A histogram that was reset has no values, and a maximum of 0.
    appendFile(file, `${JSON.stringify({ atMs: Date.now(), maxMs })}\n`, () => undefined);
  }, everyMs).unref();
}
