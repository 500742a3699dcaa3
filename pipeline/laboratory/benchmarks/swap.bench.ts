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

// A hundred swaps under load: heads are learned from one label each and swapped in, then swapped
// among each other, while frames go on. How long frames take around a swap and elsewhere, and
// whether each one is accounted for:
//   node --import tsx pipeline/laboratory/benchmarks/swap.bench.ts [--data DIR] [--swaps 100] [--learned 10]
//     [--gap 1000] [--cameras 3] [--pace live|demand] [--report FILE]
// With --data, several cameras that show vtest.avi in a loop, 10 frames a second each. Demand pace
// never lets the detector rest, but its frames wait for second looks too, which is far longer than
// any swap takes. Without --data, the simulated world.
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
const name = names[0]!;
/** Half a window around a swap. */
const nearMs = 250;
/** Frames whose whereabouts of the object are known beforehand, in the simulated world. */
const framesAhead = 900;
/** A learner of low priority waits long where other programs take the processor. */
const swapTimeoutMs = 180_000;

const named = video === null ? await firstNovelObject(1, framesAhead) : trafficCones;
const config = parseConfig({
  cameras: Object.fromEntries(
    names.map((each) => [each, { source: video ?? 'world', pace, loop: video !== null }]),
  ),
  // Every label is learned at once and no head is refused: the swap is measured, not the gate.
  learn: { minLabels: 1, coolDownMs: 0, maxWaitMs: 0, heldOutShare: 0 },
  swap: { tolerance: 1 },
  world: { labelDelayMs: 3_600_000 },
  dashboard: { enabled: false },
  log: { level: 'warn' },
});

interface Seen {
  readonly atMs: number;
  /** Captured to published. */
  readonly latencyMs: number;
}

/** By camera and frame. */
const capturedMs = new Map<string, number>();
const published: Seen[] = [];
const swapsMs: number[] = [];
/** Of these, the ones to heads that had just been learned. */
const learnedMs: number[] = [];
/** Versions that were swapped in, and the empty head before them. */
const learnedVersions = new Set([0]);
let newestFrame = -1;
let onModel: (event: string) => void = () => undefined;

/** The source, with the time noted at which each frame leaves it. */
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
    if (event.camera === name) newestFrame = event.frame;
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

/** The next model event that ends an update. */
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

/** Labels one box after the other, each once the head that learned the one before is live. */
async function learnHeads(lifelens: Watching): Promise<void> {
  for (let i = 0; swapsMs.length < learned; i++) {
    const boxes = newestFrame < named.firstFrame ? [] : (named.boxesIn(newestFrame) ?? []);
    // Beyond what was played ahead, the simulation is labelled where its object once was.
    const box = boxes[i % boxes.length] ?? (newestFrame >= framesAhead ? anyBox : undefined);
    if (box === undefined) {
      await delay(20);
      continue;
    }
    anyBox = box;
    const ended = updateEnds();
    const target = { box, camera: name, frame: newestFrame };
    const answer = await lifelens.send({ command: 'label', class: named.class, target });
    // A frame that is held no more, say: the next one then.
    if (!answer.ok) {
      refusals++;
      if (refusals > swaps) throw new Error(answer.message);
      await delay(gapMs);
      continue;
    }
    const event = await ended;
    if (event === 'failed') throw new Error('learning or swapping failed');
    await delay(gapMs);
  }
}
let anyBox: readonly [number, number, number, number] | undefined;
let refusals = 0;

const custom = Object.entries(config.cameras).map(([each, camera]) => {
  const source = createSource(camera.source, { loop: camera.loop, seed: config.seed });
  return [each, timed(source)] as const;
});
const lifelens = await watch(config, { sources: Object.fromEntries(custom) });
lifelens.events$.subscribe(publish);
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
const within = (atMs: number, timesMs: readonly number[]): boolean =>
  timesMs.some((timeMs) => Math.abs(atMs - timeMs) <= nearMs);

function facts(seen: readonly Seen[]) {
  const latencies = seen.map(({ latencyMs }) => latencyMs);
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { frames: seen.length, p50, p99 };
}

/** p99 of the frames near these times, to that of the frames that no swap was near, both from `sinceMs` on. */
function compare(timesMs: readonly number[], sinceMs: number) {
  const judged = published.filter(({ atMs }) => atMs > sinceMs);
  const near = facts(judged.filter(({ atMs }) => within(atMs, timesMs)));
  const outside = facts(judged.filter(({ atMs }) => !within(atMs, swapsMs)));
  return { near, outside, ratio: near.p99 / outside.p99 };
}

/** The frames that no swap was near, of every other gap between swaps against the rest: what chance makes. */
function compareGaps(sinceMs: number) {
  const outside = published.filter(({ atMs }) => atMs > sinceMs && !within(atMs, swapsMs));
  const isEven = ({ atMs }: Seen): boolean =>
    swapsMs.filter((swapMs) => swapMs < atMs).length % 2 === 0;
  const even = facts(outside.filter(isEven));
  const odd = facts(outside.filter((seen) => !isEven(seen)));
  return { even, odd, ratio: even.p99 / odd.p99 };
}

// Frames before the first swap were detected without a learned head: another kind of work.
const firstMs = (swapsMs[0] ?? Infinity) - nearMs;
// The learner works on and off until then, which holds frames up more than any swap.
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
    { what: 'p99 latency near swaps to elsewhere', value: latencyMs.ratio, atMost: 1.1 },
    {
      what: 'the same while nothing is learned',
      value: latencyMsOfSwitches.ratio,
      atMost: 1.1,
    },
  ],
);
