import { availableParallelism, loadavg } from 'node:os';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { Detector } from '../../../../operators/detect/detector.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { benchmarkFlags, finish, median, numberOf, quantile } from '../rig/benchmark.ts';
import { SceneFootage, type Footage } from './footage.ts';
import { playLive } from './play-live.ts';
import { playVirtually } from './play-virtually.ts';
import type { PlayedRun } from './played-run.ts';
import { emptyCounts, sharesOf, type SightingCounts } from './score-sightings.ts';
import { videoFootage } from './video-footage.ts';
import { picturesPerScene, plainScene, wideScene, type WideScene } from './wide-scene.ts';

// What tiles at full resolution find in wide scenes of small objects, and what they cost: the same
// camera without and with them.
//   node --import tsx pipeline/laboratory/benchmarks/tiles/tiles.bench.ts [--data DIR] [--fps 5]
//     [--size 512] [--detect-ms 50] [--cameras 1] [--scenes 4] [--seconds 12] [--pan 0]
//     [--width 1920] [--height 1080] [--threads 1] [--live] [--turns 2] [--report FILE]
//   … --video FILE [--reference 1024] [--seconds 60]
// Scenes are mosaics of labelled pictures of the data's coco286; `--pan` is the number of pixels
// that the picture moves over each and back. Without --data: scenes without objects. With --video:
// a recording, whose objects are what the detector finds at a size of `--reference`. A detection
// takes `--detect-ms` of a virtual clock, so that the result does not depend on the machine; with
// `--live` the whole program runs in real time, without and with tiles in turns.
const flags = benchmarkFlags({
  fps: { type: 'string', default: '5' },
  size: { type: 'string', default: '512' },
  scenes: { type: 'string', default: '4' },
  seconds: { type: 'string', default: '12' },
  width: { type: 'string', default: '1920' },
  height: { type: 'string', default: '1080' },
  threads: { type: 'string', default: '1' },
  pan: { type: 'string', default: '0' },
  'detect-ms': { type: 'string', default: '50' },
  cameras: { type: 'string', default: '1' },
  video: { type: 'string' },
  reference: { type: 'string', default: '1024' },
  live: { type: 'boolean', default: false },
  turns: { type: 'string', default: '2' },
});
const [fps, size] = [numberOf(flags.fps), numberOf(flags.size)];
const picture = { width: numberOf(flags.width), height: numberOf(flags.height) };
const seconds = flags.smoke ? 2 : numberOf(flags.seconds);
const framesPerScene = Math.round(seconds * fps);
/** Seconds of a scene until its tracks count. */
const settledSeconds = flags.smoke ? 1 : 3;

/** Pictures in an order of their own, so that scenes mix them. */
async function makeScenes(): Promise<readonly WideScene[]> {
  const sceneSize = { ...picture, width: picture.width + numberOf(flags.pan) };
  const { data } = flags;
  if (data === undefined) return [plainScene(sceneSize)];
  const folder = `${data}/coco286`;
  const { images } = await readDataset(`coco:${folder}/instances.json:${folder}/images`);
  const random = seededRandom(1);
  const shuffled = images
    .map((image) => ({ image, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ image }) => image);
  const count = flags.smoke ? 1 : numberOf(flags.scenes);
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      wideScene(shuffled.slice(i * picturesPerScene, (i + 1) * picturesPerScene), sceneSize),
    ),
  );
}

async function makeFootage(): Promise<Footage> {
  const { video } = flags;
  const threads = numberOf(flags.threads);
  if (video !== undefined) {
    const [frames, referenceSize] = [Math.round(seconds * fps), numberOf(flags.reference)];
    return videoFootage({ path: video, fps, frames, referenceSize, threads });
  }
  return new SceneFootage(await makeScenes(), { fps, framesPerScene, ...picture });
}

/** Plays the footage once. */
function play(tiles: 'off' | 'auto', footage: Footage): Promise<PlayedRun> {
  const options = { tiles, settledSeconds };
  if (detector === null) {
    return playLive(footage, { ...options, size, threads: numberOf(flags.threads) });
  }
  const [detectMs, cameras] = [numberOf(flags['detect-ms']), numberOf(flags.cameras)];
  return playVirtually(detector, footage, { ...options, detectMs, cameras });
}

function joined(all: readonly SightingCounts[]): SightingCounts {
  const sum = emptyCounts();
  for (const each of all) {
    for (const size of ['small', 'medium', 'large'] as const) {
      sum[size].objects += each[size].objects;
      sum[size].found += each[size].found;
    }
    sum.boxes += each.boxes;
    sum.right += each.right;
    sum.boxesByTile += each.boxesByTile;
    sum.rightByTile += each.rightByTile;
  }
  return sum;
}

function summary(runs: readonly PlayedRun[]) {
  const mean = (of: (run: PlayedRun) => number): number =>
    runs.reduce((sum, each) => sum + of(each), 0) / runs.length;
  const latenciesMs = runs.flatMap((each) => each.latenciesMs);
  return {
    ...sharesOf(joined(runs.map(({ counts }) => counts))),
    smallBySecond: Array.from({ length: seconds }, (_, i) =>
      Number(sharesOf(joined(runs.flatMap(({ bySecond }) => bySecond[i] ?? []))).small.toFixed(3)),
    ),
    tilesLooked: mean(({ tiles }) => tiles.looked),
    tilesWithdrawn: mean(({ tiles }) => tiles.withdrawn),
    objectsFound: mean(({ tiles }) => tiles.found),
    detected: mean((each) => each.latenciesMs.length),
    p50Ms: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
    mostMs: Math.max(...latenciesMs),
  };
}

const detector = flags.live
  ? null
  : await Detector.start({ viewSize: size, threads: numberOf(flags.threads) });
const footage = await makeFootage();
const runs: Record<'off' | 'auto', PlayedRun[]> = { off: [], auto: [] };
const turns = flags.smoke || !flags.live ? 1 : numberOf(flags.turns);
for (let turn = 0; turn < turns; turn++) {
  // Each goes first as often as the other.
  for (const tiles of turn % 2 === 0 ? (['off', 'auto'] as const) : (['auto', 'off'] as const)) {
    runs[tiles].push(await play(tiles, footage));
  }
}
await detector?.close();
const [off, auto] = [summary(runs.off), summary(runs.auto)];
const setting = {
  ...{ live: flags.live, fps, size, width: footage.width, height: footage.height, seconds },
  ...(flags.video === undefined ? { pan: numberOf(flags.pan) } : { video: flags.video }),
  ...(flags.live
    ? {}
    : { detectMs: numberOf(flags['detect-ms']), cameras: numberOf(flags.cameras) }),
};
finish(
  flags,
  {
    benchmark: 'tiles',
    ...setting,
    frames: footage.frames,
    cores: availableParallelism(),
    load: loadavg()[0],
    off,
    auto,
  },
  [
    { what: 'detected frames, with ÷ without', value: auto.detected / off.detected, atLeast: 0.98 },
    { what: 'p99 latency, with ÷ without', value: auto.p99Ms / off.p99Ms, atMost: 1.1 },
    { what: 'recall of small objects, with − without', value: auto.small - off.small, atLeast: 0 },
    { what: 'precision, with − without', value: auto.precision - off.precision, atLeast: -0.02 },
  ],
);
