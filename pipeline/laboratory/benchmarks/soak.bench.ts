import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MetricsMessage } from '../../../sinks/events.ts';
import { benchmarkFlags, finish, median, numberOf } from './rig/benchmark.ts';
import { Client } from './rig/client.ts';
import { startRun } from './rig/measured-run.ts';
import { ThreadMemories } from './rig/probes/thread-memory.ts';

// A long run of the simulated world with continuous labels, updates and swaps, and one client that
// receives pictures. Checks that resident memory stays flat and the sample memory below its cap:
//   node --import tsx pipeline/laboratory/benchmarks/soak.bench.ts [--minutes 20] [--warm-up 180]
//     [--cap-mib 2] [--pace live|fast] [--state] [--report FILE]
// The cap is smaller than the default, so that samples are evicted for most of the run, and the
// warm-up lasts until every class of the world has appeared. --state also keeps a state folder,
// written every 15 seconds.
const flags = benchmarkFlags({
  minutes: { type: 'string', default: '20' },
  'warm-up': { type: 'string', default: '180' },
  'cap-mib': { type: 'string', default: '2' },
  pace: { type: 'string', default: 'live' },
  state: { type: 'boolean', default: false },
});
const seconds = flags.smoke ? 20 : 60 * numberOf(flags.minutes);
const warmUpSeconds = flags.smoke ? 5 : numberOf(flags['warm-up']);
const bytesMax = numberOf(flags['cap-mib']) * 1024 * 1024;
/** Metrics arrive every second; single readings vary with every garbage collection. */
const smoothedOver = 10;
const mebibyte = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'lifelens-bench-'));
const config = join(folder, 'config.json');
writeFileSync(config, JSON.stringify({ remember: { bytesMax } }));
const threads = new ThreadMemories();
const run = startRun(
  [
    ...['--source', 'world', '--config', config, '--seconds', String(seconds), '--port', '0'],
    ...(flags.pace === 'fast' ? ['--fast'] : []),
    ...(flags.state ? ['--state', join(folder, 'state')] : []),
  ],
  threads.nodeArguments,
  threads.environment,
);
const metrics: MetricsMessage[] = [];
const client = await Client.connect(await run.lifelens.url());
client.onEvent = (event) => {
  if (event.type === 'metrics') metrics.push(event);
};
await client.send({ command: 'subscribe', pictures: true, maxFps: 5 });
const report = await run.report;
await delay(0);
client.close();
rmSync(folder, { recursive: true });

const firstMs = metrics[0]?.uptimeMs ?? 0;
const warm = metrics.filter(({ uptimeMs }) => uptimeMs - firstMs >= 1000 * warmUpSeconds);
if (warm.length < smoothedOver) throw new Error(`received only ${warm.length} metrics`);
const rss = warm.map(({ process: { rssBytes } }) => rssBytes);
/** Medians over ten seconds each. */
const smooth: number[] = [];
for (let i = 0; i + smoothedOver <= rss.length; i += smoothedOver) {
  smooth.push(median(rss.slice(i, i + smoothedOver)));
}
const middle = median(rss);
const deviation = Math.max(...smooth.map((bytes) => Math.abs(bytes / middle - 1)));

/** Least squares through (minutes, bytes). */
function slopePerMinute(): number {
  const minutes = warm.map(({ uptimeMs }) => uptimeMs / 60_000);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanMinutes, meanBytes] = [mean(minutes), mean(rss)];
  let [along, squares] = [0, 0];
  minutes.forEach((minute, i) => {
    along += (minute - meanMinutes) * (rss[i]! - meanBytes);
    squares += (minute - meanMinutes) ** 2;
  });
  return along / squares;
}

const inMebibytes = (bytes: number): number => Number((bytes / mebibyte).toFixed(2));
const last = warm.at(-1)!;
const gaugeMax = Math.max(...metrics.map(({ memory }) => memory.bytes));
finish(
  flags,
  {
    benchmark: 'soak',
    minutes: seconds / 60,
    pace: flags.pace,
    state: flags.state,
    captured: report.captured,
    detected: report.detected,
    dropped: report.dropped,
    swaps: report.swaps,
    refused: report.refused,
    learnedClasses: report.learnedClasses,
    rssMiB: {
      samples: rss.length,
      start: inMebibytes(smooth[0]!),
      median: inMebibytes(middle),
      max: inMebibytes(Math.max(...rss)),
      end: inMebibytes(smooth.at(-1)!),
      slopePerMinute: inMebibytes(slopePerMinute()),
      everyTenSeconds: smooth.map((bytes) => Math.round(bytes / mebibyte)),
    },
    threads: threads.collect(warmUpSeconds / seconds),
    memory: {
      capBytes: bytesMax,
      maxBytes: Math.max(gaugeMax, report.memoryBytesPeak),
      samples: last.memory.samples,
      evicted: last.memory.evicted,
    },
    load: loadavg()[0],
  },
  [
    {
      what: 'resident memory, largest deviation from the median over ten seconds',
      value: deviation,
      atMost: 0.05,
    },
    {
      what: 'peak sample memory, relative to its cap',
      value: Math.max(gaugeMax, report.memoryBytesPeak) / bytesMax,
      atMost: 1,
    },
    {
      what: 'frames not accounted for',
      value:
        report.captured -
        report.detected -
        Object.values(report.dropped).reduce((sum, count) => sum + count, 0),
      atMost: 0,
    },
  ],
);
