import type { Frame, TruthBox } from './frame.ts';
import type { TimeBasis } from '../../foundation/time/time-basis.ts';
import type { ViewSize } from './view-size.ts';

/** Metadata of a frame: everything but its pixels. */
export interface FrameMetadata {
  readonly camera: string;
  readonly index: number;
  readonly timestampMs: number;
  readonly timeBasis: TimeBasis;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly truth?: readonly TruthBox[];
}

/**
 * A pooled buffer being filled. `publish` turns it into a frame, `abandon` returns it to the pool.
 */
export interface FrameSlot {
  readonly full: Uint8Array;
  readonly view: Uint8Array;
  publish(facts: FrameMetadata): Frame;
  abandon(): void;
}

/**
 * A bounded set of shared buffers for the frames of one camera.
 *
 * At most `slots` frames exist at once, however long consumers keep them.
 */
export interface FramePool {
  readonly slots: number;
  readonly inUse: number;
  /** Bytes of shared memory allocated. */
  readonly bytes: number;
  /** Takes a free slot for pictures of these sizes in pixels; null when all are in use. */
  tryAcquire(width: number, height: number, viewSize: ViewSize): FrameSlot | null;
  /** Takes a slot as soon as one is free; rejects with the signal's reason when aborted. */
  acquire(
    width: number,
    height: number,
    viewSize: ViewSize,
    signal: AbortSignal,
  ): Promise<FrameSlot>;
}
