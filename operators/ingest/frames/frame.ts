import type { Box } from '../../foundation/geometry/box.ts';

/** One object that a simulated camera knows to be in the picture. */
export interface TruthBox {
  readonly objectId: string;
  readonly class: string;
  readonly box: Box;
  /** Share of the object that can be seen, 0 to 1: occlusion and the picture's edge take from it. */
  readonly visible: number;
}

/**
 * One captured picture, in a pooled shared buffer.
 *
 * Whoever holds a frame past the call that handed it over calls `retain()`, and
 * everybody calls `release()` once when done; the last release returns the
 * buffer to its pool, after which `full` and `view` belong to another frame.
 */
export interface Frame {
  readonly camera: string;
  /** Counts the camera's captured frames from 0, over restarts too. */
  readonly index: number;
  /** When the picture was taken. Files and simulations: ms of media time from 0. Live cameras: ms since the Unix epoch. */
  readonly timestampMs: number;
  /** Size of the source picture in pixels: what boxes are measured in. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** RGB, row-major, `width × height × 3` bytes over a SharedArrayBuffer: the picture, never larger than the source. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** RGB, row-major, `viewSize × viewSize × 3` bytes over the same SharedArrayBuffer: the picture stretched to the detector's square. */
  readonly view: Uint8Array;
  readonly viewSize: number;
  /** What a simulated camera shows; absent for real ones. */
  readonly truth?: readonly TruthBox[];
  retain(): void;
  release(): void;
}
