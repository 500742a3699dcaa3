import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { tap } from 'rxjs';
import { createSource } from '../../../operators/ingest/sources/create-source.ts';
import type { Source } from '../../../operators/ingest/source.ts';
import { parseConfig } from '../../configuration/config.ts';
import { watch, type Watching } from '../../application/watch.ts';
import type { LifelensEvent } from '../../../sinks/events.ts';
import { benchmarkFlags, finish, numberOf, quantile, videoIn } from './rig/benchmark.ts';
import { firstNovelObject, trafficCones } from './rig/labelled-place.ts';

// A hundred swaps under load: learns heads from one label each and swaps them in, then swaps among
// them, while frames go on. Measures frame latency near swaps and elsewhere, and counts every
// frame:
//   node --import tsx pipeline/laboratory/benchmarks/swap.bench.ts [--data DIR] [--swaps 100]
//     [--learned 10] [--gap 1000] [--cameras 3] [--pace live|demand] [--report FILE]
// With --data, several cameras play vtest.avi in a loop at 10 fps each. Demand pace keeps the
// detector busy all the time, but its frames also wait for crop embeddings, which take far longer
// than a swap. Without --data, the simulated world.
const flags = benchmarkFlags({
  swaps: { type: 'string', default: '100' },
  learned: { type: 'string', default: '10' },
  gap: { type: 'string', default: '1000' },
  cameras: { type: 'string', default: '3' },
  pace: { type: 'string', default: 'live' },
});
const video = videoIn(flags.data, 'vtest.avi');
const swaps = flags.smoke ? 5 : numberOf(flags.swaps);
const learned = Math.min(swaps, flags.smoke ? 3 : numberOf(flags.learned));
const gapMs = flags.smoke ? 300 : numberOf(flags.gap);
const pace = video !== null && flags.pace === 'demand' ? 'demand' : 'live';
const names =
  video === null
    ? ['world']
    : Array.from({ length: numberOf(flags.cameras) }, (_, i) => `camera${i + 1}`);
/** The camera on which boxes are labelled. */
const labelledCamera = names[0]!;
/** Half the window around a swap. */
const nearMs = 250;
/** Frames of the simulated world that are played ahead to find the object. */
const framesAhead = 900;
/** The learner has low priority, so it waits long on a busy machine. */
const swapTimeoutMs = 180_000;

const place = video === null ? await firstNovelObject(1, framesAhead) : trafficCones;
const config = parseConfig({
  cameras: Object.fromEntries(
    names.map((name) => [name, { source: video ?? 'world', pace, loop: video !== null }]),
  ),
  // Every label triggers an update and no head is refused: the swap is measured, not the gate.
  learn: { minLabels: 1, coolDownMs: 0, maxWaitMs: 0, heldOutShare: 0 },
  swap: { tolerance: 1 },
  world: { labelDelayMs: 3_600_000 },
  dashboard: { enabled: false },
  log: { level: 'warn' },
});

interface PublishedFrame {
  readonly atMs: number;
  /** From capture to publication. */
  readonly latencyMs: number;
}

/** Capture times by camera and frame. */
const capturedMs = new Map<string, number>();
const published: PublishedFrame[] = [];
const swapsMs: number[] = [];
/** Swaps to heads that had just been learned. */
const learnedMs: number[] = [];
/** Versions that were swapped in, and the empty head before them. */
const learnedVersions = new Set([0]);
let newestFrame = -1;
let onModel: (event: string) => void = () => undefined;

/** Records the time at which each frame leaves the source. */
function timed(source: Source): Source {
  return {
    ...source,
    open: (context) =>
      source
        .open(context)
        .pipe(tap(({ camera, index }) => capturedMs.set(`${camera}/${index}`, performance.now()))),
  };
}

function publish(event: LifelensEvent): void {
  const atMs = performance.now();
  if (event.type === 'detections') {
    published.push({
      atMs,
      latencyMs: atMs - (capturedMs.get(`${event.camera}/${event.frame}`) ?? NaN),
    });
    capturedMs.delete(`${event.camera}/${event.frame}`);
    if (event.camera === labelledCamera) newestFrame = event.frame;
  }
  if (event.type === 'model') {
    // Published as the first frame under the new head is detected.
    if (event.event === 'swapped') {
      learnedMs.push(atMs);
      learnedVersions.add(event.headVersion);
    }
    if (event.event === 'swapped' || event.event === 'rolled-back') swapsMs.push(atMs);
    onModel(event.event);
  }
}

/** Resolves with the next model event that ends an update. */
function updateEnds(): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no swap for ${swapTimeoutMs / 1000} s`)),
      swapTimeoutMs,
    );
    onModel = (event) => {
      if (event === 'learning') return;
      clearTimeout(timer);
      resolve(event);
    };
  });
}

async function forceSwaps(lifelens: Watching): Promise<void> {
  await learnHeads(lifelens);
  const versions = [...learnedVersions].slice(-learned);
  for (let i = 0; swapsMs.length < swaps; i++) {
    const version = versions[i % versions.length]!;
    await lifelens.send({ command: 'rollback', version });
    await delay(gapMs);
  }
}

/** Labels one box at a time, each once the head that learned the one before is live. */
async function learnHeads(lifelens: Watching): Promise<void> {
  for (let i = 0; swapsMs.length < learned; i++) {
    const boxes = newestFrame < place.firstFrame ? [] : (place.boxesIn(newestFrame) ?? []);
    // Past the frames played ahead, the last known box is labelled.
    const box = boxes[i % boxes.length] ?? (newestFrame >= framesAhead ? lastBox : undefined);
    if (box === undefined) {
      await delay(20);
      continue;
    }
    lastBox = box;
    const ended = updateEnds();
    const target = { box, camera: labelledCamera, frame: newestFrame };
    const answer = await lifelens.send({ command: 'label', class: place.class, target });
    // The frame may have been released already; the next one is tried then.
    if (!answer.ok) {
      rejections++;
      if (rejections > swaps) throw new Error(answer.message);
      await delay(gapMs);
      continue;
    }
    const event = await ended;
    if (event === 'failed') throw new Error('learning or swapping failed');
    await delay(gapMs);
  }
}
let lastBox: readonly [number, number, number, number] | undefined;
let rejections = 0;

const custom = Object.entries(config.cameras).map(([each, camera]) => {
  const source = createSource(camera.source, { loop: camera.loop, seed: config.seed });
  return [each, timed(source)] as const;
});
const lifelens = await watch(config, { sources: Object.fromEntries(custom) });
lifelens.events$.subscribe({
  next: publish,
  // A failed run rejects `report` too, which ends the benchmark.
  error: () => undefined,
});
try {
  await Promise.race([forceSwaps(lifelens), lifelens.report]);
  await delay(gapMs);
} finally {
  await lifelens.stop();
}
const report = await lifelens.report;

const dropped = Object.values(report.dropped).reduce((sum, count) => sum + count, 0);
const uncounted = report.captured - report.detected - dropped;
const unpublished = report.detected - published.length;
const isNear = (atMs: number, timesMs: readonly number[]): boolean =>
  timesMs.some((timeMs) => Math.abs(atMs - timeMs) <= nearMs);

function summarise(frames: readonly PublishedFrame[]) {
  const latencies = frames.map(({ latencyMs }) => latencyMs);
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { frames: frames.length, p50, p99 };
}

/**
 * Compares p99 latency near these times with that of frames far from any swap, from `sinceMs` on.
 */
function compare(timesMs: readonly number[], sinceMs: number) {
  const frames = published.filter(({ atMs }) => atMs > sinceMs);
  const near = summarise(frames.filter(({ atMs }) => isNear(atMs, timesMs)));
  const outside = summarise(frames.filter(({ atMs }) => !isNear(atMs, swapsMs)));
  return { near, outside, ratio: near.p99 / outside.p99 };
}

/**
 * Compares frames of every other gap between swaps with the rest: the ratio that chance alone
 * gives.
 */
function compareGaps(sinceMs: number) {
  const outside = published.filter(({ atMs }) => atMs > sinceMs && !isNear(atMs, swapsMs));
  const isEven = ({ atMs }: PublishedFrame): boolean =>
    swapsMs.filter((swapMs) => swapMs < atMs).length % 2 === 0;
  const even = summarise(outside.filter(isEven));
  const odd = summarise(outside.filter((frame) => !isEven(frame)));
  return { even, odd, ratio: even.p99 / odd.p99 };
}

// Frames before the first swap had no learned head, so their workload differs.
const firstMs = (swapsMs[0] ?? Infinity) - nearMs;
// The learner is active until then, which delays frames more than any swap.
const quietMs = (learnedMs.at(-1) ?? Infinity) + nearMs;
const latencyMs = compare(swapsMs, firstMs);
const latencyMsOfSwitches = compare(
  swapsMs.filter((atMs) => atMs > quietMs),
  quietMs,
);
finish(
  flags,
  {
    benchmark: 'swap',
    source: video === null ? 'world' : 'vtest.avi',
    pace,
    cameras: names.length,
    swaps: swapsMs.length,
    learnedSwaps: learnedMs.length,
    captured: report.captured,
    detected: report.detected,
    dropped: report.dropped,
    fps: report.fps,
    labelToLiveMs: quantile(report.labelToLiveMs, 0.5),
    latencyMs,
    latencyMsOfSwitches,
    latencyMsOfLearned: compare(learnedMs, firstMs),
    everyOtherGap: compareGaps(quietMs),
    load: loadavg()[0],
  },
  [
    { what: 'frames not accounted for', value: Math.abs(uncounted), atMost: 0 },
    { what: 'detected frames not published', value: Math.abs(unpublished), atMost: 0 },
    { what: 'p99 latency near swaps relative to elsewhere', value: latencyMs.ratio, atMost: 1.1 },
    {
      what: 'the same without concurrent learning',
      value: latencyMsOfSwitches.ratio,
      atMost: 1.1,
    },
  ],
);
