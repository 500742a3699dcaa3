import type { Box } from '../foundation/geometry/box.ts';
import { defer, map, type OperatorFunction } from 'rxjs';
import type { BoxOffsets } from '../detect/heads/box-regression.ts';
import type { DetectedFrame, Observation } from '../detect/detected-frame.ts';
import type { Head } from '../detect/heads/head.ts';

/** What a track is called, and who says so. */
export interface TrackName {
  readonly class: string;
  /** 0..1, smoothed over the track's frames. */
  readonly score: number;
  /** `base`: the trunk's own 80 classes. `learned`: the active head. */
  readonly by: 'base' | 'learned';
}

/** One object over time, as it stands in one frame. Immutable: the next frame has a new one under the same id. */
export interface Track {
  /** Counts from 1 per camera; never reused. */
  readonly id: number;
  readonly box: Box;
  /** Held long enough to be believed. */
  readonly confirmed: boolean;
  /** Frames in which it was seen. */
  readonly hits: number;
  /** Frames since it was last seen; 0 when it was seen in this one. */
  readonly missed: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Null where neither the base model nor the head can name it. */
  readonly name: TrackName | null;
  /** Nameless, though its peak looks like a class that was learned: a look would tell. */
  readonly promising: boolean;
  /** Nameless, and seen for a part of a stronger track, or for a blur round one: see fragments.ts. */
  readonly fragment: boolean;
  /** Objectness, smoothed over the track's frames. */
  readonly objectness: number;
  /** Share of the hottest base class in all base heat, smoothed likewise: low where the base model is torn. */
  readonly baseShare: number;
  /** This frame's peak; null while missed. */
  readonly observation: Observation | null;
  /** Latest second look at full resolution, lookLatentLength values, and when it was taken (frame's timestampMs). */
  readonly look: { readonly latent: Float32Array; readonly timestampMs: number } | null;
  /** What the head reads from the look of how far the object's edges are off `box`; null where the name is not a learned one. */
  readonly offsets: BoxOffsets | null;
  /** Total way of the box centre since the start, in multiples of the box's diagonal: tells movers from clutter. */
  readonly travel: number;
}

export interface TrackedFrame extends DetectedFrame {
  /** Confirmed and tentative tracks that are alive. */
  readonly tracks: readonly Track[];
  /** Ids that ended with this frame. */
  readonly ended: readonly number[];
}

/** What {@link track} drives; see Tracker. */
export interface ObjectTracker {
  update(
    observations: readonly Observation[],
    timestampMs: number,
    head: Head,
  ): Pick<TrackedFrame, 'tracks' | 'ended'>;
}

/**
 * Gives every object in the frames one identity.
 *
 * Every subscription asks `createTracker` for a tracker of its own. Whoever delivers
 * second looks keeps hold of it: `track(() => tracker)`. Frames are passed on within
 * the call that brought them, and own their pixels as before.
 */
export function track(
  createTracker: () => ObjectTracker,
): OperatorFunction<DetectedFrame, TrackedFrame> {
  return (frames) =>
    defer(() => {
      const tracker = createTracker();
      return frames.pipe(
        map((seen) => ({
          ...seen,
          ...tracker.update(seen.observations, seen.frame.timestampMs, seen.head),
        })),
      );
    });
}
