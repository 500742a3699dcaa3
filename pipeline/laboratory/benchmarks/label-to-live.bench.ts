import { type Box, intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DetectionsMessage, ModelMessage } from '../../../sinks/events.ts';
import { benchmarkFlags, finish, median, numberOf, videoIn } from './rig/benchmark.ts';
import { Client } from './rig/client.ts';
import { firstNovelObject, trafficCones } from './rig/labelled-place.ts';
import { startLifelens } from './rig/lifelens-process.ts';

// Twenty labelled boxes of one class, sent in a burst over the WebSocket to a camera at its native
// speed: how long until frames are detected with what they taught, and whether it is found then:
//   node --import tsx pipeline/laboratory/benchmarks/label-to-live.bench.ts [--data DIR] [--rounds 3] [--labels 20]
//     [--seconds 20] [--size 320] [--min-labels N] [--cool-down MS] [--report FILE]
// With --data: the traffic cones of vtest.avi. Without: the first novel object of the simulated world.
const flags = benchmarkFlags({
  rounds: { type: 'string', default: '3' },
  labels: { type: 'string', default: '20' },
  seconds: { type: 'string', default: '20' },
  size: { type: 'string', default: '320' },
  'min-labels': { type: 'string' },
  'cool-down': { type: 'string' },
});
const video = videoIn(flags.data, 'vtest.avi');
const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
const labels = numberOf(flags.labels);
const watchMs = 1000 * (flags.smoke ? 5 : numberOf(flags.seconds));
/** Learning is over when nothing was heard of it for this long; longer than the trigger waits. */
const quietMs = 6000;
const worldSeed = 1;
const camera = video === null ? 'world' : 'camera';
const named = video === null ? await firstNovelObject(worldSeed, 900) : trafficCones;

/** A folder with a configuration in which nobody but this benchmark names anything. */
const folder = mkdtempSync(join(tmpdir(), 'lifelens-bench-'));
const config = join(folder, 'config.json');
const { 'min-labels': minLabels, 'cool-down': coolDown } = flags;
const learn = {
  ...(minLabels === undefined ? {} : { minLabels: numberOf(minLabels) }),
  ...(coolDown === undefined ? {} : { coolDownMs: numberOf(coolDown) }),
};
writeFileSync(
  config,
  JSON.stringify({ seed: worldSeed, learn, world: { labelDelayMs: 3_600_000 } }),
);

/** Boxes of the newest frames, slightly off as a hand would draw them, until there are enough. */
function targets(newest: number): { readonly frame: number; readonly box: Box }[] {
  const found: { frame: number; box: Box }[] = [];
  for (let i = 0; found.length < labels; i++) {
    const frame = newest - (i % 5);
    const off = (i % 3) - 1;
    for (const [x0, y0, x1, y1] of named.boxesIn(frame) ?? []) {
      found.push({ frame, box: [x0 + off / 2, y0, x1 + off / 2, y1] });
    }
    if (i > 1000) throw new Error(`no ${named.class} in sight of frame ${newest}`);
  }
  return found.slice(0, labels);
}

interface Heard {
  readonly detections: { readonly atMs: number; readonly message: DetectionsMessage }[];
  readonly model: { readonly atMs: number; readonly message: ModelMessage }[];
}

async function until(met: () => boolean, timeoutMs: number): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  while (!met()) {
    if (performance.now() > untilMs) throw new Error(`nothing for ${timeoutMs / 1000} s`);
    await delay(5);
  }
}

async function round() {
  const sourced = ['--source', video ?? 'world', '--config', config, '--size', flags.size];
  const run = startLifelens([...sourced, '--port', '0']);
  const client = await Client.connect(await run.address());
  const heard: Heard = { detections: [], model: [] };
  client.onEvent = (message, atMs) => {
    if (message.type === 'detections') heard.detections.push({ atMs, message });
    if (message.type === 'model') heard.model.push({ atMs, message });
  };
  const newest = (): number => heard.detections.at(-1)?.message.frame ?? -1;
  const inSight = (): boolean => (named.boxesIn(newest())?.length ?? 0) > 0;
  await until(() => newest() >= named.firstFrame && inSight(), 60_000);

  const sentMs = performance.now();
  const answers = await Promise.all(
    targets(newest()).map(({ frame, box }) =>
      client.send({ command: 'label', class: named.class, target: { box, camera, frame } }),
    ),
  );
  const answeredMs = performance.now();
  const unheard = answers.flatMap((answer) => (answer.ok ? [] : [answer.message]));
  if (unheard.length === labels) throw new Error(`all labels refused: ${unheard[0] ?? ''}`);
  await until(() => heard.model.some(({ message }) => message.event === 'swapped'), 30_000);
  const lastHeardMs = (): number => heard.model.at(-1)?.atMs ?? Infinity;
  await until(() => performance.now() - lastHeardMs() > Math.min(quietMs, watchMs), 60_000);
  await delay(watchMs - Math.min(watchMs, quietMs));
  client.close();
  run.stop();
  await run.report;
  return { unheard, ...timed(heard, sentMs, answeredMs), ...found(heard) };
}

/** ms from the first label's sending. */
function timed({ detections, model }: Heard, sentMs: number, answeredMs: number) {
  const since = (atMs: number): number => Math.round(atMs - sentMs);
  const swaps = model
    .filter(({ message }) => message.event === 'swapped')
    .map(({ message }) => {
      const first = detections.find(
        ({ message: { detections: own }, atMs }) =>
          atMs > sentMs && own.some(({ headVersion }) => headVersion >= message.headVersion),
      );
      return {
        headVersion: message.headVersion,
        /** What the program itself measured: from the first label that this head learned. */
        labelToLiveMs: message.labelToLiveMs ?? null,
        updateMs: message.updateMs ?? null,
        /** The first frame that names anything under this head, as a client sees it. */
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

/** When the head was live that learned the last of the labels; heads after it learned more of the background. */
function lastOfLabels(model: Heard['model']): number {
  const learned = model.findLastIndex(
    ({ message }) => message.event === 'learning' && message.detail.includes('labelled'),
  );
  const swap = model.slice(learned).find(({ message }) => message.event === 'swapped');
  return swap?.atMs ?? Infinity;
}

/** What is found from the head on that learned the last label: of the places where the class is, and elsewhere. */
function found({ detections, model }: Heard) {
  // Tracks take a few frames and a second look to get their new name.
  const settledMs = lastOfLabels(model) + 1000;
  let [frames, places, hits, touched, elsewhere] = [0, 0, 0, 0, 0];
  const hitsByPlace: number[] = [];
  for (const { atMs, message } of detections) {
    const boxes = named.boxesIn(message.frame);
    if (atMs < settledMs || boxes === null) continue;
    const own = message.detections.filter((detection) => detection.class === named.class);
    frames++;
    boxes.forEach((box, place) => {
      const best = Math.max(0, ...own.map((each) => intersectionOverUnion(each.box, box)));
      places++;
      if (best >= 0.5) hits++;
      if (best >= 0.5) hitsByPlace[place] = (hitsByPlace[place] ?? 0) + 1;
      if (best >= 0.25) touched++;
    });
    elsewhere += own.filter(
      (each) => !boxes.some((box) => intersectionOverUnion(each.box, box) >= 0.25),
    ).length;
  }
  return {
    framesJudged: frames,
    /** Share of the places where the class is that it was detected at, by overlap (IoU). */
    recallAtHalf: hits / places,
    recallAtQuarter: touched / places,
    hitsByPlace: hitsByPlace.map((count) => Number((count / frames).toFixed(3))),
    elsewherePerFrame: elsewhere / frames,
  };
}

const measured = [];
try {
  for (let i = 0; i < rounds; i++) measured.push(await round());
} finally {
  rmSync(folder, { recursive: true });
}
const firstLiveMs = median(measured.map((each) => each.firstLiveMs));
const allLiveMs = median(measured.map((each) => each.allLiveMs));
finish(
  flags,
  {
    benchmark: 'label-to-live',
    source: video === null ? 'world' : 'vtest.avi',
    class: named.class,
    labels,
    size: numberOf(flags.size),
    learn,
    firstLiveMs,
    allLiveMs,
    recallAtHalf: median(measured.map((each) => each.recallAtHalf)),
    elsewherePerFrame: median(measured.map((each) => each.elsewherePerFrame)),
    rounds: measured,
  },
  [
    {
      what: 'labels that were not taken',
      value: Math.max(...measured.map(({ unheard }) => unheard.length)),
      atMost: 0,
    },
    { what: 'first label to first head live, ms', value: firstLiveMs, atMost: 2000 },
    {
      what: 'first label to the head that learned all labels live, ms',
      value: allLiveMs,
      atMost: 2000,
    },
  ],
);
