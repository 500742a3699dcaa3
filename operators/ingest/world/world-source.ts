import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { mediaTime } from '../frames/frame-numbering.ts';
import { viewOf } from '../frames/view-plan.ts';
import type { Frame } from '../frames/frame.ts';
import { fromTask } from '../sources/from-task.ts';
import { acquireSlot, waitUntil } from '../sources/acquire-slot.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';
import { scenarioSchema, type Scenario, type ScenarioInput } from './scenario.ts';
import { Simulation } from './simulation.ts';
import { SpriteCache } from './rendering/sprite-cache.ts';
import { WorldRenderer } from './rendering/world-renderer.ts';

/** At live pace, a larger lag is accepted as a pause instead of being caught up. */
const lagMaxMs = 1000;

/**
 * The simulated world as an endless camera, with ground truth in every frame.
 *
 * Time is virtual, `index / fps`: the bytes of frame `n` depend on the scenario alone, not on the
 * pace or on dropped frames.
 *
 * @throws SourceError `bad-source` for an invalid scenario; `not-found` when a class has an emoji
 * without a picture.
 *
 * @example
 * import { watch } from 'lifelens';
 * import { worldSource } from 'lifelens/sources';
 *
 * const bears = worldSource({ classes: [{ name: 'teddy bear', emoji: '1f9f8' }] });
 * const lifelens = await watch({}, { sources: { bears } });
 */
export function worldSource(scenario: ScenarioInput): Source {
  const parsed = parseScenario(scenario);
  const spriteCache = new SpriteCache();
  for (const { emoji } of parsed.classes) spriteCache.path(emoji);
  return {
    kind: 'world',
    endless: true,
    open: (context) => fromTask((emit, signal) => play(parsed, spriteCache, context, emit, signal)),
  };
}

function parseScenario(input: ScenarioInput): Scenario {
  const { data, error } = scenarioSchema.safeParse(input);
  if (data !== undefined) return data;
  throw new SourceError('bad-source', 'world', `invalid scenario: ${z.prettifyError(error)}`);
}

async function play(
  scenario: Scenario,
  spriteCache: SpriteCache,
  context: SourceContext,
  emit: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const { width, height, fps } = scenario;
  const simulation = new Simulation(scenario);
  const viewSize = viewOf(context.viewSize, width, height);
  const renderer = new WorldRenderer(scenario, spriteCache);
  const numbering = mediaTime(fps);
  const detail = `simulated world "${scenario.name}", seed ${String(scenario.seed)}`;
  context.onEvent({ type: 'opened', detail, width, height, fps });
  let startMs = performance.now();
  for (;;) {
    const time = numbering.next();
    const state = simulation.next();
    if (context.pace === 'live') {
      const lagMs = performance.now() - startMs - time.timestampMs;
      if (lagMs > lagMaxMs) startMs += lagMs;
      await waitUntil(startMs + time.timestampMs, signal);
    }
    // Lets timers and sockets run even when the consumer is faster than the renderer.
    await nextTurn();
    signal.throwIfAborted();
    const slot = await acquireSlot(context, { width, height, viewSize }, signal);
    if (slot === null) continue;
    const truth = await renderer.render(state, slot, viewSize).catch((error: unknown) => {
      slot.abandon();
      throw error;
    });
    if (signal.aborted) {
      slot.abandon();
      return;
    }
    emit(
      slot.publish({
        camera: context.camera,
        ...time,
        sourceWidth: width,
        sourceHeight: height,
        truth,
      }),
    );
  }
}
