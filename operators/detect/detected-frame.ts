import type { Box } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { Head } from './heads/head.ts';

/** One peak of one frame, in source pixels: somewhere an object may be. */
export interface Observation {
  readonly box: Box;
  /** max(base heat over all classes, learned objectness), 0..1. */
  readonly objectness: number;
  /** Hottest base class and its heat. */
  readonly baseClass: string;
  readonly baseScore: number;
  /** Its share of the heat of all base classes, 0..1: what is none of them heats up several at once. */
  readonly baseShare: number;
  /** The dense latent at the peak, denseLatentLength values. */
  readonly latent: Float32Array;
}

/** A frame with what the engine saw in it. */
export interface DetectedFrame {
  readonly frame: Frame;
  /** Strongest first, overlapping peaks already suppressed class-agnostically. */
  readonly observations: readonly Observation[];
  /** The head that was active when the engine looked: every name given to this frame comes from it. */
  readonly head: Head;
  /** Engine time for this frame in ms. */
  readonly detectMs: number;
}
