import { setTimeout as delay } from 'node:timers/promises';
import type { FrameMetadata, FrameSlot } from '../frames/frame-pool.ts';
import type { Frame } from '../frames/frame.ts';
import type { ViewSize } from '../frames/view-size.ts';
import type { SourceContext } from '../source.ts';

/** Resolves when `performance.now()` reaches `timeMs`; rejects when aborted. */
export async function waitUntil(timeMs: number, signal: AbortSignal): Promise<void> {
  const remainingMs = timeMs - performance.now();
  if (remainingMs > 0) await delay(remainingMs, undefined, { signal });
}

/** The size of `full`, and the view. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly viewSize: ViewSize;
}

/**
 * Takes a slot for the next frame. At demand pace it waits for one; at live pace it returns null
 * when none is free, and reports the frame as dropped.
 *
 * Rejects when aborted while waiting. The signal may abort before the caller resumes, so the caller
 * checks it and abandons the slot.
 */
export async function acquireSlot(
  context: SourceContext,
  { width, height, viewSize }: PictureSize,
  signal: AbortSignal,
): Promise<FrameSlot | null> {
  const { pool } = context;
  if (context.pace === 'live') {
    const slot = pool.tryAcquire(width, height, viewSize);
    if (slot === null) context.onEvent({ type: 'dropped', reason: 'pool-full', count: 1 });
    return slot;
  }
  return pool.acquire(width, height, viewSize, signal);
}

/**
 * Takes a slot as {@link acquireSlot} does, has `fill` copy the picture into it, and emits the
 * frame that `fill` describes. Emits nothing where the frame was dropped or `signal` has aborted.
 *
 * Rejects when aborted while waiting.
 */
export async function emitFrame(
  context: SourceContext,
  picture: PictureSize,
  { emit, signal }: { readonly emit: (frame: Frame) => void; readonly signal: AbortSignal },
  fill: (slot: FrameSlot) => FrameMetadata,
): Promise<void> {
  const slot = await acquireSlot(context, picture, signal);
  if (slot === null) return;
  if (signal.aborted) slot.abandon();
  else emit(slot.publish(fill(slot)));
}
