import { setTimeout as delay } from 'node:timers/promises';
import type { FrameSlot } from '../frames/frame-pool.ts';
import type { SourceContext } from '../source.ts';

/** Waits until `performance.now()` reaches `timeMs`; rejects when aborted. */
export async function waitUntil(timeMs: number, signal: AbortSignal): Promise<void> {
  const leftMs = timeMs - performance.now();
  if (leftMs > 0) await delay(leftMs, undefined, { signal });
}

/**
 * A slot for the next frame: in demand pace as soon as there is one; in live pace now, or
 * null with the drop counted. Rejects when aborted while waiting; an abort between the slot's
 * being free and the caller's going on is the caller's to see, and the slot to abandon.
 */
export async function slotFor(
  context: SourceContext,
  width: number,
  height: number,
  signal: AbortSignal,
): Promise<FrameSlot | null> {
  const { pool, viewSize } = context;
  if (context.pace === 'live') {
    const slot = pool.tryAcquire(width, height, viewSize);
    if (slot === null) context.onEvent({ type: 'dropped', reason: 'pool-full', count: 1 });
    return slot;
  }
  return pool.acquire(width, height, viewSize, signal);
}
