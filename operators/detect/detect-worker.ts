import { messageOf } from '../foundation/errors/message-of.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { chooseEngine } from './engines/choose-engine.ts';
import type { DetectorReply, DetectorRequest, DetectorSetup } from './detector-messages.ts';
import { denseLatentLength, cropSize, type Engine, type ObjectnessHead } from './engines/engine.ts';

// The thread that an engine lives in. Requests are answered one after the other, in order, so a
// head that comes between two frames takes effect between them.

const port = parentPort;
if (port === null) throw new Error('detect-worker.ts runs in a worker thread only');
const { data: setup } = workerData as { data: DetectorSetup };

const { engine, reason } = await chooseEngine(setup.engine, { threads: setup.threads });
let headVersion = 0;
await warmUp();
port.postMessage({
  type: 'ready',
  name: engine.name,
  provider: engine.provider,
  reason,
  baseClasses: engine.baseClasses,
} satisfies DetectorReply);

let last: Promise<void> = Promise.resolve();
port.on('message', (request: DetectorRequest) => {
  last = last.then(() => answer(engine, request));
});

async function answer(running: Engine, request: DetectorRequest): Promise<void> {
  const { id } = request;
  try {
    const result = await perform(running, request);
    port?.postMessage({ type: 'done', id, result } satisfies DetectorReply, buffersOf(result));
  } catch (error) {
    const message = messageOf(error);
    port?.postMessage({ type: 'failed', id, message } satisfies DetectorReply);
  }
  if (request.type === 'close') port?.close();
}

async function perform(running: Engine, request: DetectorRequest): Promise<unknown> {
  switch (request.type) {
    case 'detect': {
      const startedMs = performance.now();
      const peaks = await running.detect(request.view, request.viewSize, setup.maxPeaks);
      return { peaks, headVersion, detectMs: performance.now() - startedMs };
    }
    case 'look':
      return running.embedCrops(request.crops, request.logSizes, request.count);
    case 'dense':
      return running.dense(request.view, request.viewSize);
    case 'head':
      return install(running, request.version, request.objectness);
    case 'bench':
      return bench(running, request.views, request.seconds);
    case 'close':
      return running.close();
  }
}

async function install(running: Engine, version: number, head: ObjectnessHead): Promise<void> {
  if (head.weights.length !== denseLatentLength || !isFinite(head)) {
    throw new RangeError(
      `the objectness of head ${version} is not ${denseLatentLength} finite weights and a bias`,
    );
  }
  running.setObjectness(head);
  headVersion = version;
  // No frame can come in between: the first one under the new head finds its tensors in place.
  await running.detect(new Uint8Array(cropSize * cropSize * 3), cropSize, 1);
}

function isFinite(head: ObjectnessHead): boolean {
  return Number.isFinite(head.bias) && head.weights.every(Number.isFinite);
}

async function bench(running: Engine, views: readonly Uint8Array[], seconds: number) {
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;
  let frames = 0;
  for (; views.length > 0 && performance.now() < untilMs; frames++) {
    await running.detect(views[frames % views.length]!, setup.viewSize, setup.maxPeaks);
  }
  return { frames, fps: (frames * 1000) / (performance.now() - startedMs) };
}

/** The first run of a size plans memory and the first look opens a model: not on a frame's time. */
async function warmUp(): Promise<void> {
  const { viewSize } = setup;
  await engine.detect(new Uint8Array(viewSize * viewSize * 3), viewSize, setup.maxPeaks);
  await engine.embedCrops(new Uint8Array(cropSize * cropSize * 3), new Float32Array(2), 1);
}

/** The buffers of all typed arrays in a result; they change hands instead of being copied. */
function buffersOf(result: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) {
    return result.buffer instanceof ArrayBuffer ? [result.buffer] : [];
  }
  if (typeof result !== 'object' || result === null) return [];
  return [...new Set(Object.values(result).flatMap(buffersOf))];
}
