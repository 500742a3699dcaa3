import { messageOf } from '../foundation/errors/message-of.ts';
import { parentPort, workerData } from 'node:worker_threads';
import type { chooseEngine } from '../detect/engines/choose-engine.ts';
import { cropSize } from '../detect/engines/engine.ts';
import { LearnerCore } from './learner-core.ts';
import type { LearnerReply, LearnerRequest, LearnerSetup, Update } from './learner-messages.ts';
import { lowerThreadPriority, threadCpuMs } from '../foundation/threads/thread-priority.ts';

// The thread that learning happens in, at low priority, with an engine of its own: the live path
// shares neither with it.

const port = parentPort;
if (port === null) throw new Error('learn-worker.ts runs in a worker thread only');
const { data: setup } = workerData as { data: LearnerSetup };

lowerThreadPriority(setup.niceness);
const loader = (await import(setup.engineModule)) as { chooseEngine: typeof chooseEngine };
const { engine, reason } = await loader.chooseEngine(setup.engine, { threads: 1 });
await warmUp();
const desk = new LearnerCore(engine, setup.strategy, setup.seed);
const updates = new Map<number, AbortController>();

port.on('message', (request: LearnerRequest) => {
  if (request.type === 'abort') updates.get(request.id)?.abort();
  else void answer(request);
});
port.postMessage({ type: 'ready', reason } satisfies LearnerReply);

/** The first look and the first scene open a model each: not while frames wait for the look. */
async function warmUp(): Promise<void> {
  const black = new Uint8Array(cropSize * cropSize * 3);
  await engine.embedCrops(black, new Float32Array(2), 1);
  await engine.dense(black, cropSize);
}

type Call = Exclude<LearnerRequest, { type: 'abort' }>;

async function answer(request: Call): Promise<void> {
  const { id } = request;
  try {
    const result = await perform(request);
    port?.postMessage({ type: 'done', id, result } satisfies LearnerReply, buffersOf(result));
  } catch (error) {
    const message = messageOf(error);
    port?.postMessage({ type: 'failed', id, message } satisfies LearnerReply);
  }
  if (request.type === 'close') port?.close();
}

async function perform(request: Call): Promise<unknown> {
  switch (request.type) {
    case 'look':
      return desk.embedCrops(request.crops, request.logSizes, request.count);
    case 'examine':
      return desk.examine(request.scene);
    case 'update':
      return update(request);
    case 'save':
      return desk.save();
    case 'restore':
      return desk.restore(request.bytes);
    case 'close':
      return desk.close();
  }
}

async function update({ id, change }: Extract<Call, { type: 'update' }>): Promise<Update> {
  const controller = new AbortController();
  updates.set(id, controller);
  const startedMs = performance.now();
  const startedCpuMs = threadCpuMs();
  try {
    const drafted = await desk.update(change, controller.signal);
    const endedCpuMs = threadCpuMs();
    const cpuMs = startedCpuMs === null || endedCpuMs === null ? null : endedCpuMs - startedCpuMs;
    return { ...drafted, updateMs: performance.now() - startedMs, cpuMs };
  } finally {
    updates.delete(id);
  }
}

/** The buffers that an answer may hand over instead of copying; a draft's stay, for the strategy may hold them. */
function buffersOf(result: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) {
    return result.buffer instanceof ArrayBuffer ? [result.buffer] : [];
  }
  if (Array.isArray(result)) return [...new Set(result.flatMap(buffersOf))];
  if (typeof result !== 'object' || result === null || 'draft' in result) return [];
  return [...new Set(Object.values(result).flatMap(buffersOf))];
}
