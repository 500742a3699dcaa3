import type { Frame, TruthBox } from './frame.ts';

/** What describes a frame besides its pixels. */
export interface FrameFacts {
  readonly camera: string;
  readonly index: number;
  readonly timestampMs: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly truth?: readonly TruthBox[];
}

/** Pixel memory that is being filled; becomes a frame by `publish` or goes back by `abandon`. */
export interface FrameSlot {
  readonly full: Uint8Array;
  readonly view: Uint8Array;
  publish(facts: FrameFacts): Frame;
  abandon(): void;
}

/**
 * The bounded set of shared buffers that all frames of one camera live in.
 *
 * `slots` bounds how many frames exist at once, whatever happens downstream.
 */
export interface FramePool {
  readonly slots: number;
  readonly inUse: number;
  /** Bytes of shared memory held. */
  readonly bytes: number;
  /** A free slot with room for these sizes in pixels, or null when all are in use. */
  tryAcquire(width: number, height: number, viewSize: number): FrameSlot | null;
  /** Waits for a free slot; rejects with the signal's reason when aborted. */
  acquire(width: number, height: number, viewSize: number, signal: AbortSignal): Promise<FrameSlot>;
}
