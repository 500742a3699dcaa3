import type { Box } from '../foundation/geometry/box.ts';
import { defer, map, type OperatorFunction } from 'rxjs';
import type { BoxOffsets } from '../detect/heads/box-regression.ts';
import type { DetectedFrame, Look, Observation } from '../detect/detected-frame.ts';
import type { Head } from '../detect/heads/head.ts';

/** The class of a recognised track. */
export interface Recognition {
  readonly class: string;
  /** 0..1, smoothed over the track's frames. */
  readonly score: number;
  /** `base`: one of the backbone's 80 classes. `learned`: a class of the active head. */
  readonly by: 'base' | 'learned';
}

/** A region that may show an object: a track, or a peak of a still image. */
export interface Region {
  readonly box: Box;
  /** Null for an unrecognised region: neither a base class nor a learned one. */
  readonly recognition: Recognition | null;
  /** 0..1, for a track smoothed over its frames. */
  readonly objectness: number;
  /** The hottest base class's share of all base heat, likewise; low where several compete. */
  readonly baseShare: number;
}

/** State of one tracked object in one frame. Immutable: each frame has a new one of the same id. */
export interface Track extends Region {
  /** Counts from 1 per camera; never reused. */
  readonly id: number;
  /** Whether the track had enough hits to be reported. */
  readonly confirmed: boolean;
  /** Frames with an observation. */
  readonly hits: number;
  /**
   * Frames since the last observation; 0 when observed in this frame, or carried on by a track that
   * has hardly moved since.
   */
  readonly missed: number;
  /**
   * Frames without an observation that are no misses, because a tile had shown the object and the
   * whole view may be too coarse for it. Absent for none.
   */
  readonly carried?: number;
  /** Present where a tile at full resolution showed it last; its box is then a prediction. */
  readonly seenBy?: 'tile';
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Unrecognised, with a peak above a learned class's threshold: a crop embedding would decide. */
  readonly promising: boolean;
  /** Unrecognised, and a part of a stronger track or a blur around it: see fragments.ts. */
  readonly fragment: boolean;
  /** This frame's peak, or an earlier frame's while it is carried on; null while missed. */
  readonly observation: Observation | null;
  /** Latest crop embedding, cropEmbeddingLength values, and the timestamp of its frame. */
  readonly embedding: { readonly latent: Float32Array; readonly timestampMs: number } | null;
  /** Box correction that the head regresses from the embedding; null unless `by` is `learned`. */
  readonly offsets: BoxOffsets | null;
  /** Path length of the box centre in multiples of the box diagonal: tells movers from clutter. */
  readonly travel: number;
}

export interface TrackedFrame extends DetectedFrame {
  /** Live tracks, confirmed and tentative. */
  readonly tracks: readonly Track[];
  /** Ids of the tracks that ended with this frame. */
  readonly ended: readonly number[];
}

/** The tracker that {@link track} drives; see Tracker. */
export interface ObjectTracker {
  update(
    observations: readonly Observation[],
    timestampMs: number,
    head: Head,
    looks?: readonly Look[],
  ): Pick<TrackedFrame, 'tracks' | 'ended'>;
}

/**
 * Adds the tracks to every frame.
 *
 * `createTracker` is called once per subscription; a caller that delivers crop embeddings keeps a
 * reference: `track(() => tracker)`. Frames are emitted synchronously and keep their pixels.
 */
export function track(
  createTracker: () => ObjectTracker,
): OperatorFunction<DetectedFrame, TrackedFrame> {
  return (frames) =>
    defer(() => {
      const tracker = createTracker();
      return frames.pipe(
        map((detected) => {
          const { observations, frame, head, looks } = detected;
          return { ...detected, ...tracker.update(observations, frame.timestampMs, head, looks) };
        }),
      );
    });
}
