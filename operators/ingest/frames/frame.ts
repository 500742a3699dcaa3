import type { Box } from '../../foundation/geometry/box.ts';
import type { TimeBasis } from '../../foundation/time/time-basis.ts';
import type { ViewSize } from './view-size.ts';

/** Ground truth of a simulated camera for one object in the picture. */
export interface TruthBox {
  readonly objectId: string;
  readonly class: string;
  readonly box: Box;
  /** Visible share of the object, 0 to 1; the rest is occluded or outside of the picture. */
  readonly visible: number;
}

/** From here on, times are of the Unix epoch, in ms: March 1973, and three years of media time. */
export const unixTimeFromMs = 1e11;

/**
 * One captured picture, in a pooled shared buffer.
 *
 * Reference counted: a frame starts with one owner. A consumer that keeps it beyond the call that
 * delivered it calls `retain()`; every owner calls `release()` once. The last release returns the
 * buffer to its pool, and another frame then overwrites `full` and `view`.
 */
export interface Frame {
  readonly camera: string;
  /** Number of the captured frame, from 0; continues across reconnections and loops. */
  readonly index: number;
  /** Strictly increasing. Files and simulations: ms of media time from 0. Live cameras: Unix ms. */
  readonly timestampMs: number;
  /** What `timestampMs` is the time of. */
  readonly timeBasis: TimeBasis;
  /** Size of the upright picture with square pixels: the coordinate system of all boxes. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** The picture, at most as large as the source: RGB, row-major, `width × height × 3` bytes. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /**
   * The picture on the detector's canvas: RGB, row-major, `viewBytes(viewSize)` bytes in the same
   * SharedArrayBuffer as `full`.
   */
  readonly view: Uint8Array;
  readonly viewSize: ViewSize;
  /** Ground truth of simulated cameras; absent for real ones. */
  readonly truth?: readonly TruthBox[];
  /** Adds an owner. Throws after the last release. */
  retain(): void;
  /** Removes an owner. Throws after the last release. */
  release(): void;
}
