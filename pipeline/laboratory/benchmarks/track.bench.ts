import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { Discoverer } from '../../../operators/discover/discoverer.ts';
import { CropScheduler } from '../../../operators/track/crop-scheduler.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import {
  boxAt,
  headOf,
  latentOf,
  embeddingsOfKind,
  normal,
  observationAt,
  trackedAt,
} from './rig/track-scene.ts';

// Milliseconds per frame of tracking and discovery, with 30 observations of which 20 become tracks,
// half of them recognised, and crop embeddings as often as the scheduler allows:
//   node --import tsx pipeline/laboratory/benchmarks/track.bench.ts [--smoke]
const frames = process.argv.includes('--smoke') ? 50 : 3000;
const stepMs = 100;
const random = seededRandom(1);
const head = headOf('cone', 1);
const objects = Array.from({ length: 20 }, (_, i) => ({
  x: 100 + 180 * (i % 5),
  y: 120 + 240 * Math.floor(i / 5),
  speed: i % 3 === 0 ? 0 : 0.01 + 0.002 * i,
  known: i % 2 === 0,
  kind: embeddingsOfKind(i, 0.3),
}));

/** Detections of one frame: the objects with jitter, and ten weak random peaks. */
function observe(nowMs: number) {
  const strong = objects.map(({ x, y, speed, known }) =>
    observationAt(
      boxAt(x + 60 * Math.sin(speed * nowMs * 0.05) + normal(random), y + normal(random), 80),
      { baseScore: known ? 0.7 : 0.2, objectness: 0.5, latent: latentOf(0.2) },
    ),
  );
  const weak = Array.from({ length: 10 }, () =>
    observationAt(boxAt(1000 * random(), 1000 * random(), 60), { objectness: 0.2 }),
  );
  return [...strong, ...weak];
}

const tracker = new Tracker();
const scheduler = new CropScheduler();
const discoverer = new Discoverer();
const spent = { track: [] as number[], embed: [] as number[], discover: [] as number[] };
let unknowns = 0;
for (let i = 0; i < frames; i++) {
  const nowMs = i * stepMs;
  const observations = observe(nowMs);
  // Drawn instead of computed: the engine is not measured here.
  const embeddings = objects.map(({ kind }) => kind(random));

  const startMs = performance.now();
  const { tracks, ended } = tracker.update(observations, nowMs, head);
  const trackedMs = performance.now();
  const tracked = trackedAt(nowMs, tracks, ended);
  for (const track of scheduler.plan(tracked)) {
    tracker.setEmbedding(track.id, embeddings[track.id % embeddings.length]!, nowMs);
    scheduler.settle(true);
  }
  const embeddedMs = performance.now();
  unknowns += discoverer.update(tracked).unknowns.length;
  spent.track.push(trackedMs - startMs);
  spent.embed.push(embeddedMs - trackedMs);
  spent.discover.push(performance.now() - embeddedMs);
}

const perFrame = (times: readonly number[]) => {
  const sorted = [...times].sort((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const p99 = sorted[Math.floor(0.99 * sorted.length)]!;
  return `mean ${mean.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`;
};
const unknownsPerFrame = (unknowns / frames).toFixed(1);
console.log(
  `${frames} frames, ${scheduler.requested} crop embeddings, ${unknownsPerFrame} unknowns per frame`,
);
for (const [stage, times] of Object.entries(spent)) console.log(`${stage}: ${perFrame(times)}`);
const all = spent.track.map((time, i) => time + spent.embed[i]! + spent.discover[i]!);
console.log(`together: ${perFrame(all)}`);
