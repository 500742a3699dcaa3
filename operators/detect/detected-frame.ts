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
}
