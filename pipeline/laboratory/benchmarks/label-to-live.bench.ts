import { type Box, intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DetectionsMessage, ModelMessage } from '../../../sinks/events.ts';
import { benchmarkFlags, finish, median, numberOf, videoIn } from './rig/benchmark.ts';
import { Client } from './rig/client.ts';
import { firstNovelObject, trafficCones } from './rig/labelled-place.ts';
import { labelsBeside } from './rig/labels-beside.ts';
import { startRun } from './rig/measured-run.ts';

// Sends a burst of labelled boxes of one class over the WebSocket to a camera at its native speed,
// and measures the time until frames are detected under the updated head, and the recall under it:
//   node --import tsx pipeline/laboratory/benchmarks/label-to-live.bench.ts [--data DIR]
//     [--rounds 3] [--labels 20] [--seconds 20] [--size 320] [--min-labels N] [--cool-down MS]
//     [--report FILE]
// With --data, the traffic cones of vtest.avi; without, the first novel object of the simulated
// world. With --beside N it sends single labels instead, one after another: first alone, then
// beside N busy processes of ordinary priority, and compares the times and the frame rates.
const flags = benchmarkFlags({
  rounds: { type: 'string', default: '3' },
  labels: { type: 'string', default: '20' },
  seconds: { type: 'string', default: '20' },
  size: { type: 'string', default: '320' },
  'min-labels': { type: 'string' },
  'cool-down': { type: 'string' },
  beside: { type: 'string' },
});
const video = videoIn(flags.data, 'vtest.avi');
const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
const labels = numberOf(flags.labels);
const watchMs = 1000 * (flags.smoke ? 5 : numberOf(flags.seconds));
/** Learning has ended once no model event arrives for this long; longer than the trigger waits. */
const quietMs = 6000;
const worldSeed = 1;
const isBeside = flags.beside !== undefined;
const camera = video === null ? 'world' : 'camera';
const place =
  video === null ? await firstNovelObject(worldSeed, isBeside ? 6000 : 900) : trafficCones;

/** Folder of a configuration in which only this benchmark labels objects. */
const folder = mkdtempSync(join(tmpdir(), 'lifelens-bench-'));
const config = join(folder, 'config.json');
const { 'min-labels': minLabels, 'cool-down': coolDown } = flags;
const learn = {
  ...(minLabels === undefined ? {} : { minLabels: numberOf(minLabels) }),
  ...(coolDown === undefined ? {} : { coolDownMs: numberOf(coolDown) }),
};
const world = { labelDelayMs: 3_600_000 };
const looped = { camera: { source: video, loop: true } };
writeFileSync(
  config,
  JSON.stringify({
    seed: worldSeed,
    world,
    // No label is held out there, so that each one leads to a head whose time can be taken.
    learn: isBeside ? { ...learn, heldOutShare: 0 } : learn,
    ...(isBeside && video !== null ? { cameras: looped } : {}),
  }),
);

/** Boxes of the newest frames, slightly inaccurate as if drawn by hand. */
function targets(newest: number): { readonly frame: number; readonly box: Box }[] {
  const found: { frame: number; box: Box }[] = [];
  for (let i = 0; found.length < labels; i++) {
    const frame = newest - (i % 5);
    const shift = ((i % 3) - 1) / 2;
    for (const [x0, y0, x1, y1] of place.boxesIn(frame) ?? []) {
      found.push({ frame, box: [x0 + shift, y0, x1 + shift, y1] });
    }
    if (i > 1000) throw new Error(`no ${place.class} visible around frame ${newest}`);
  }
  return found.slice(0, labels);
}

interface Received {
  readonly detections: { readonly atMs: number; readonly message: DetectionsMessage }[];
  readonly model: { readonly atMs: number; readonly message: ModelMessage }[];
}

async function until(isMet: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isMet()) {
    if (performance.now() > deadlineMs) throw new Error(`timed out after ${timeoutMs / 1000} s`);
    await delay(5);
  }
}

async function round() {
  const source = ['--source', video ?? 'world', '--config', config, '--size', flags.size];
  const run = startRun([...source, '--port', '0']);
  const client = await Client.connect(await run.lifelens.url());
  const received: Received = { detections: [], model: [] };
  client.onEvent = (message, atMs) => {
    if (message.type === 'detections') received.detections.push({ atMs, message });
    if (message.type === 'model') received.model.push({ atMs, message });
  };
  const newest = (): number => received.detections.at(-1)?.message.frame ?? -1;
  const isVisible = (): boolean => (place.boxesIn(newest())?.length ?? 0) > 0;
  await until(() => newest() >= place.firstFrame && isVisible(), 60_000);

  const sentMs = performance.now();
  const answers = await Promise.all(
    targets(newest()).map(({ frame, box }) =>
      client.send({ command: 'label', class: place.class, target: { box, camera, frame } }),
    ),
  );
  const answeredMs = performance.now();
  const rejected = answers.flatMap((answer) => (answer.ok ? [] : [answer.message]));
  if (rejected.length === labels) throw new Error(`all labels rejected: ${rejected[0] ?? ''}`);
  await until(() => received.model.some(({ message }) => message.event === 'swapped'), 30_000);
  const lastEventMs = (): number => received.model.at(-1)?.atMs ?? Infinity;
  await until(() => performance.now() - lastEventMs() > Math.min(quietMs, watchMs), 60_000);
  await delay(watchMs - Math.min(watchMs, quietMs));
  client.close();
  run.stop();
  await run.report;
  return { unheard: rejected, ...timesOf(received, sentMs, answeredMs), ...detectionsOf(received) };
}

/** Times in ms since the first label was sent. */
function timesOf({ detections, model }: Received, sentMs: number, answeredMs: number) {
  const since = (atMs: number): number => Math.round(atMs - sentMs);
  const swaps = model
    .filter(({ message }) => message.event === 'swapped')
    .map(({ message }) => {
      const first = detections.find(
        ({ message: { detections: boxes }, atMs }) =>
          atMs > sentMs && boxes.some(({ headVersion }) => headVersion >= message.headVersion),
      );
      return {
        headVersion: message.headVersion,
        /** The program's own measurement, from the first label that this head learned. */
        labelToLiveMs: message.labelToLiveMs ?? null,
        updateMs: message.updateMs ?? null,
        /** The first frame with a detection under this head, as received by the client. */
        firstFrameMs: first === undefined ? null : since(first.atMs),
      };
    });
  return {
    allAnsweredMs: since(answeredMs),
    updates: model
      .filter(({ message }) => message.event === 'learning')
      .map(({ atMs, message }) => ({ atMs: since(atMs), detail: message.detail })),
    refused: model.filter(({ message }) => message.event === 'refused').length,
    swaps,
    firstLiveMs: since(model.find(({ message }) => message.event === 'swapped')?.atMs ?? Infinity),
    allLiveMs: since(lastOfLabels(model)),
  };
}

/**
 * Time at which the head with all labels went live; later heads only learned more background.
 */
function lastOfLabels(model: Received['model']): number {
  const learned = model.findLastIndex(
    ({ message }) => message.event === 'learning' && message.detail.includes('labelled'),
  );
  const swap = model.slice(learned).find(({ message }) => message.event === 'swapped');
  return swap?.atMs ?? Infinity;
}

/** Detections from the head with all labels on: at the places of the class, and elsewhere. */
function detectionsOf({ detections, model }: Received) {
  // A track needs a few frames and a crop embedding before its label changes.
  const settledMs = lastOfLabels(model) + 1000;
  let [frames, places, hits, touched, elsewhere] = [0, 0, 0, 0, 0];
  const hitsByPlace: number[] = [];
  for (const { atMs, message } of detections) {
    const boxes = place.boxesIn(message.frame);
    if (atMs < settledMs || boxes === null) continue;
    const detected = message.detections.filter((detection) => detection.class === place.class);
    frames++;
    boxes.forEach((box, i) => {
      const best = Math.max(0, ...detected.map((own) => intersectionOverUnion(own.box, box)));
      places++;
      if (best >= 0.5) hits++;
      if (best >= 0.5) hitsByPlace[i] = (hitsByPlace[i] ?? 0) + 1;
      if (best >= 0.25) touched++;
    });
    elsewhere += detected.filter(
      (own) => !boxes.some((box) => intersectionOverUnion(own.box, box) >= 0.25),
    ).length;
  }
  return {
    framesJudged: frames,
    /** Share of the class's places with a detection, by IoU. */
    recallAtHalf: hits / places,
    recallAtQuarter: touched / places,
    hitsByPlace: hitsByPlace.map((count) => Number((count / frames).toFixed(3))),
    elsewherePerFrame: elsewhere / frames,
  };
}

async function benchBursts(): Promise<void> {
  const measured: Awaited<ReturnType<typeof round>>[] = [];
  for (let i = 0; i < rounds; i++) measured.push(await round());
  const medianOf = (key: 'firstLiveMs' | 'allLiveMs' | 'recallAtHalf' | 'elsewherePerFrame') =>
    median(measured.map((result) => result[key]));
  const firstLiveMs = medianOf('firstLiveMs');
  const allLiveMs = medianOf('allLiveMs');
  finish(
    flags,
    {
      benchmark: 'label-to-live',
      source: video === null ? 'world' : 'vtest.avi',
      class: place.class,
      labels,
      size: numberOf(flags.size),
      learn,
      firstLiveMs,
      allLiveMs,
      recallAtHalf: medianOf('recallAtHalf'),
      elsewherePerFrame: medianOf('elsewherePerFrame'),
      rounds: measured,
    },
    [
      {
        what: 'rejected labels',
        value: Math.max(...measured.map(({ unheard }) => unheard.length)),
        atMost: 0,
      },
      { what: 'first label to first head live, ms', value: firstLiveMs, atMost: 2000 },
      {
        what: 'first label to the head with all labels live, ms',
        value: allLiveMs,
        atMost: 2000,
      },
    ],
  );
}

async function benchBeside(busy: number): Promise<void> {
  const source = video === null ? ['--source', 'world'] : [];
  const result = await labelsBeside({
    args: [...source, '--config', config, '--size', flags.size],
    camera,
    place,
    busy,
    labels: flags.smoke ? 4 : labels,
    watchMs: flags.smoke ? 2000 : watchMs / 2,
  });
  finish(
    flags,
    { benchmark: 'label-to-live-beside', size: numberOf(flags.size), learn, ...result },
    [
      {
        what: 'label to live beside busy processes, p95 in ms',
        value: result.beside.p95Ms,
        atMost: 5000,
      },
      { what: 'labels without a head', value: result.beside.refused.length, atMost: 0 },
    ],
  );
}

try {
  if (flags.beside === undefined) await benchBursts();
  else await benchBeside(numberOf(flags.beside));
} finally {
  rmSync(folder, { recursive: true });
}
