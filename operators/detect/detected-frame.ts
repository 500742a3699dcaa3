import type { Box } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { Head } from './heads/head.ts';

/** A possible object in a frame: a peak whose box is in source pixels. */
export interface Observation {
  readonly box: Box;
  /** max(base heat, learned objectness), 0..1. */
  readonly objectness: number;
  /** The hottest base class. */
  readonly baseClass: string;
  /** Its heat, 0..1. */
  readonly baseScore: number;
  /** Its share of the heat of all base classes, 0..1; low for objects of no base class. */
  readonly baseShare: number;
  /** The dense latent at the peak, `denseLatentLength` values. */
  readonly latent: Float32Array;
  /** Present where a tile at full resolution showed it. */
  readonly seenBy?: 'tile';
}

/**
 * What a tile of a picture showed at full resolution, after the whole view of the same frame had
 * been detected. Boxes are in source pixels.
 */
export interface Look {
  /** That of the frame. */
  readonly timestampMs: number;
  /** The part of the picture in which the tile shows objects as a whole. */
  readonly area: Box;
  /** Objects that the whole view does not show, strongest first, overlaps suppressed. */
  readonly added: readonly Observation[];
  /** Objects that both show and the tile better: of the whole view, and of the tile. */
  readonly firmer: readonly { readonly of: Observation; readonly by: Observation }[];
}

/** A frame with its observations. */
export interface DetectedFrame {
  readonly frame: Frame;
  /** Strongest first, overlaps already suppressed regardless of class. */
  readonly observations: readonly Observation[];
  /** The head that was active during detection; it names all objects of this frame. */
  readonly head: Head;
  /** Engine time for this frame in ms. */
  readonly detectMs: number;
  /** Closer looks at the frame before this one; absent where there were none. */
  readonly looks?: readonly Look[];
}
