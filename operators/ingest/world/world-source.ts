import { setImmediate as nextTurn } from 'node:timers/promises';
import { mediaTime } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { slotFor, waitUntil } from '../sources/pacing.ts';
import { produce } from '../sources/produce.ts';
import type { Source, SourceContext } from '../source.ts';
import type { Scenario } from './scenario.ts';
import { Simulation } from './simulation.ts';
import { SpriteShelf } from './rendering/sprite.ts';
import { WorldRenderer } from './rendering/world-renderer.ts';

/** In live pace, a world that fell behind by more goes on slower instead of catching up. */
const lagMaxMs = 1000;

/**
 * The simulated world as a camera: endless, with ground truth beside every frame.
 *
 * Time is virtual, `index / fps`: frame `n` of a scenario is the same bytes in any pace
 * and whatever was dropped before it.
 *
 * @throws SourceError `not-found` where a class names a picture that does not exist.
 */
export function worldSource(scenario: Scenario): Source {
  const shelf = new SpriteShelf();
  for (const { emoji } of scenario.classes) shelf.path(emoji);
  return {
    kind: 'world',
    endless: true,
    open: (context) => produce((emit, signal) => play(scenario, shelf, context, emit, signal)),
  };
}

async function play(
  scenario: Scenario,
  shelf: SpriteShelf,
  context: SourceContext,
  emit: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const { width, height, fps } = scenario;
  const simulation = new Simulation(scenario);
  const renderer = new WorldRenderer(scenario, shelf);
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
    // Timers and sockets get their turn even where the consumer is faster than the painter.
    await nextTurn();
    signal.throwIfAborted();
    const slot = await slotFor(context, width, height, signal);
    if (slot === null) continue;
    const truth = await renderer.render(state, slot, context.viewSize).catch((error: unknown) => {
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
