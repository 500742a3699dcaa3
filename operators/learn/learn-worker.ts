import type { chooseEngine } from '../detect/engines/choose-engine.ts';
import { smallestView } from '../detect/engines/smallest-view.ts';
import { lowerThreadPriority, threadCpuMs } from '../foundation/threads/thread-priority.ts';
import { serveCalls, workerSetup } from '../foundation/threads/worker-server.ts';
import { viewBytes } from '../ingest/frames/view-size.ts';
import { Courtesy, threadReadings } from './courtesy.ts';
import { LearnerCore } from './learner-core.ts';
import { loadStrategy } from './strategies/load-strategy.ts';
import type { LearnerCalls, LearnerReady, LearnerSetup, Update } from './learner-messages.ts';

// The thread in which learning runs, with an engine of its own, so that the live path shares none
// with it.

const setup = workerSetup() as LearnerSetup;
lowerThreadPriority(setup.niceness);
const loader = (await import(setup.engineModule)) as { chooseEngine: typeof chooseEngine };
const { engine, reason } = await loader.chooseEngine(setup.engine, {
  threads: 1,
  models: setup.models,
  viewSize: setup.viewSize,
});
const { strategyModule } = setup;
const strategy = strategyModule === undefined ? setup.strategy : await loadStrategy(strategyModule);
await warmUp();
const courtesy = new Courtesy(threadReadings());
const core = new LearnerCore(engine, strategy, setup.seed, courtesy);

serveCalls<LearnerCalls, LearnerReady>({
  ready: {
    reason,
    strategy: core.strategy,
    viewSize: engine.viewSize,
    sight: engine.sight,
    cropSize: engine.cropSize,
    embedding: engine.embedding,
  },
  order: 'concurrent',
  handlers: {
    embedCrops: ({ crops, logSizes, count }) => core.embedCrops(crops, logSizes, count),
    examine: ({ scene }) => core.examine(scene),
    update: ({ change }, signal) => update(change, signal),
    evaluate: ({ input }, signal) => core.evaluate(input, signal),
    save: () => core.save(),
    restore: async ({ bytes }) => {
      await core.restore(bytes);
      return undefined;
    },
  },
  // The strategy may keep the arrays of a draft.
  copied: ['update'],
  close: () => core.close(),
});

/** Runs both models once, so that no call waits for one to load. */
async function warmUp(): Promise<void> {
  const { cropSize } = engine;
  const crop = new Uint8Array(cropSize * cropSize * 3);
  await engine.embedCrops(crop, new Float32Array(2), 1);
  const view = smallestView(engine);
  await engine.dense(new Uint8Array(viewBytes(view)), view);
}

async function update(
  change: LearnerCalls['update']['in']['change'],
  signal: AbortSignal,
): Promise<Update> {
  const startedMs = performance.now();
  const startedCpuMs = threadCpuMs();
  const drafted = await core.update(change, signal);
  const endedCpuMs = threadCpuMs();
  const cpuMs = startedCpuMs === null || endedCpuMs === null ? null : endedCpuMs - startedCpuMs;
  return { ...drafted, updateMs: performance.now() - startedMs, cpuMs };
}
