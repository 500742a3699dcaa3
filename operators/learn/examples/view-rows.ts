import { denseLatentLength } from '../../detect/engines/engine.ts';
import type { Box } from '../../foundation/geometry/box.ts';

/** A place that the detector proposes as an object. */
export interface Proposal {
  /** Its row of the latents. */
  readonly row: number;
  /** View pixels. */
  readonly box: Box;
  /** Largest base heat, 0..1. */
  readonly heat: number;
}

/** The rows of latents that belong to one object, and their targets. */
export interface ObjectRows {
  /** rows × denseLatentLength. */
  readonly dense: Float32Array;
  /** Per row: 1 where it is the object's own, falling off. */
  readonly denseTargets: Float32Array;
}

/**
 * What a detector computed for a view, as rows of latents with places: cells of the built-in one's
 * grid, or candidates of any other. Boxes are in view pixels. Reads the maps and copies what it
 * returns.
 */
export interface ViewRows {
  /** Number of rows that one row of {@link sampleBackground} stands for. */
  readonly backgroundWeight: number;
  /** The proposals of the frozen detector, strongest first, without overlapping ones. */
  propose(): readonly Proposal[];
  /**
   * The boxes that the detector proposes for an object, which are not exact: the strongest proposal
   * with an IoU of at least `overlap`, and the box where learned objectness will be largest.
   */
  proposalsOf(object: Box, proposals: readonly Proposal[], overlap: number): readonly Box[];
  /** The rows that belong to an object; none where there are none. */
  rowsOf(object: Box): ObjectRows;
  /**
   * The row that stands for a place within the view, whether or not it is an object; null if none.
   */
  rowAt(place: Box): number | null;
  /** Samples rows away from these boxes, in ascending order. */
  sampleBackground(boxes: readonly Box[], random: () => number): readonly number[];
  /** Copies the latents of some rows: rows × denseLatentLength; zeros for null. */
  gather(rows: readonly (number | null)[]): Float32Array;
}

/** Copies the latents of some rows: rows × denseLatentLength; zeros for null. */
export function gatherRows(latents: Float32Array, rows: readonly (number | null)[]): Float32Array {
  const copy = new Float32Array(rows.length * denseLatentLength);
  for (const [i, row] of rows.entries()) {
    if (row === null) continue;
    const start = row * denseLatentLength;
    copy.set(latents.subarray(start, start + denseLatentLength), i * denseLatentLength);
  }
  return copy;
}
