import type { Worker } from 'node:worker_threads';
import { Detector } from '../../../../operators/detect/detector.ts';
import { spawnWorker } from '../../../../operators/foundation/threads/spawn-worker.ts';

// A program that ends detect workers while their model runs, and then itself.

const viewSize = 160;
const view = new Uint8Array(new SharedArrayBuffer(viewSize * viewSize * 3));

async function start() {
  let worker: Worker | undefined;
  const detector = await Detector.start(
    { engine: 'onnx', threads: 1, viewSize },
    (...args) => (worker = spawnWorker(...args)),
  );
  for (let i = 0; i < 50; i++) detector.detect({ view, viewSize }).catch(() => undefined);
  return { detector, worker };
}

for (let i = 0; i < 4; i++) {
  const { detector, worker } = await start();
  await new Promise((resolve) => setTimeout(resolve, 10 * i));
  await worker?.terminate();
  await detector.close();
}
await start();
await new Promise((resolve) => setTimeout(resolve, 30));
process.stdout.write('ends\n');
process.exit(5);
