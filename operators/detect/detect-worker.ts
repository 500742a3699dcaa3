import { serveCalls, workerSetup } from '../foundation/threads/worker-server.ts';
import { viewOf } from '../ingest/frames/view-plan.ts';
import { viewBytes } from '../ingest/frames/view-size.ts';
import { takeClaim } from './detection-claim.ts';
import type { chooseEngine } from './engines/choose-engine.ts';
import type {
  BenchResult,
  Detection,
  DetectorCalls,
  DetectorSetup,
  EngineDescription,
} from './detector-messages.ts';
import { denseLatentLength, type ObjectnessHead } from './engines/engine.ts';
import { smallestView } from './engines/smallest-view.ts';

// The thread in which an engine runs. Calls are answered sequentially, so a head that is set
// between two frames takes effect between them.

const setup = workerSetup() as DetectorSetup;
const loader = (await import(setup.engineModule)) as { chooseEngine: typeof chooseEngine };
const { engine, reason } = await loader.chooseEngine(setup.engine, setup);
const smallView = smallestView(engine);
const smallBytes = new Uint8Array(viewBytes(smallView));
let headVersion = 0;
await warmUp();

serveCalls<DetectorCalls, EngineDescription>({
  ready: {
    name: engine.name,
    provider: engine.provider,
    reason,
    baseClasses: engine.baseClasses,
    viewSize: engine.viewSize,
    sight: engine.sight,
    cropSize: engine.cropSize,
    embedding: engine.embedding,
  },
  order: 'sequential',
  handlers: {
    detect,
    detectClaimed: ({ claim, ...frame }) => (takeClaim(claim) ? detect(frame) : null),
    embedCrops: ({ crops, logSizes, count }) => engine.embedCrops(crops, logSizes, count),
    dense: ({ view, viewSize }) => engine.dense(view, viewSize),
    setHead,
    bench,
  },
  close: () => engine.close(),
});

async function detect({ view, viewSize }: DetectorCalls['detect']['in']): Promise<Detection> {
  const startedMs = performance.now();
  const peaks = await engine.detect(view, viewSize, setup.maxPeaks);
  return { peaks, headVersion, detectMs: performance.now() - startedMs };
}

async function setHead({
  version,
  objectness,
}: DetectorCalls['setHead']['in']): Promise<undefined> {
  if (objectness.weights.length !== denseLatentLength || !isFinite(objectness)) {
    throw new RangeError(
      `the objectness of head ${version} is not ${denseLatentLength} finite weights and a bias`,
    );
  }
  engine.setObjectness(objectness);
  headVersion = version;
  // Calls are sequential, so the first frame under the new head finds its tensors in place.
  await engine.detect(smallBytes, smallView, 1);
}

function isFinite(head: ObjectnessHead): boolean {
  return Number.isFinite(head.bias) && head.weights.every(Number.isFinite);
}

async function bench({ views, seconds }: DetectorCalls['bench']['in']): Promise<BenchResult> {
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;
  let frames = 0;
  for (; views.length > 0 && performance.now() < untilMs; frames++) {
    const { view, viewSize } = views[frames % views.length]!;
    await engine.detect(view, viewSize, setup.maxPeaks);
  }
  return { frames, fps: (frames * 1000) / (performance.now() - startedMs) };
}

/**
 * Runs each model once: the first run at a size plans memory, the first crop loads a model. In the
 * pictures' own shape at the size of most cameras' pictures.
 */
async function warmUp(): Promise<void> {
  const viewSize = viewOf(engine.viewSize, 16, 9);
  await engine.detect(new Uint8Array(viewBytes(viewSize)), viewSize, setup.maxPeaks);
  const crop = new Uint8Array(engine.cropSize * engine.cropSize * 3);
  await engine.embedCrops(crop, new Float32Array(2), 1);
}
