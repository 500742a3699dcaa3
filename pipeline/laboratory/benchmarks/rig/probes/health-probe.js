// A thread that asks for /healthz again and again, each time on a new connection, so that the
// fuzzer's own work does not delay the measurement. Posts the list of durations, in ms, on request.
import { get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const everyMs = 50;
const durations = [];
let failures = 0;

function probe() {
  const startedMs = performance.now();
  const request = get(new URL('/healthz', workerData.url), { agent: false, timeout: 10_000 });
  request.on('response', (response) => {
    response.resume().on('end', () => {
      durations.push(performance.now() - startedMs);
      if (response.statusCode !== 200) failures++;
      setTimeout(probe, everyMs);
    });
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => {
    durations.push(performance.now() - startedMs);
    failures++;
    setTimeout(probe, everyMs);
  });
}

parentPort.on('message', () => parentPort.postMessage({ durations, failures }));
probe();
