import type { Clock } from '../../foundation/time/clock.ts';
import type { TimeBasis } from '../../foundation/time/time-basis.ts';

/** What a source knows of the time of one picture; null or absent where it knows nothing. */
export interface PictureTime {
  /** Presentation time in its stream, in ms; recordings use it. */
  readonly mediaMs?: number | null | undefined;
  /** Whether it is the first picture of a new pass or connection; presentation times begin anew. */
  readonly isStart?: boolean;
  /** When the camera took it, in Unix ms by the camera's clock; live cameras use it. */
  readonly captureMs?: number | null | undefined;
}

/** The place of a captured frame in its sequence and in time. */
export interface FramePlace {
  readonly index: number;
  readonly timestampMs: number;
  readonly timeBasis: TimeBasis;
}

/** Assigns an index and a timestamp to every captured frame, delivered or dropped. */
export interface FrameNumbering {
  next(picture?: PictureTime): FramePlace;
  /** Counts a picture that has no time: it was lost on its way. */
  skip(): void;
}

/** Presentation times that fall back further than this are those of another part, in ms. */
const joinedMs = 1000;

/**
 * Media time from 0, strictly increasing: the presentation times of the pictures where they are
 * known, otherwise `1 / fps` s after the picture before.
 *
 * At the start of the next pass, and where presentation times fall back by more than a second
 * because a stream is joined from parts, they continue one frame after the last. Where single
 * pictures repeat a time or are out of order, the others keep theirs.
 */
export function mediaTime(fps: number): FrameNumbering {
  const intervalMs = 1000 / fps;
  let index = 0;
  let latestMs = -intervalMs;
  /** What is added to presentation times; null before the first. */
  let offsetMs: number | null = null;
  return {
    next: ({ mediaMs = null, isStart = false } = {}) => {
      if (mediaMs === null) {
        // A product, not a sum: rounding must not add up over days.
        latestMs = offsetMs === null ? (index * 1000) / fps : latestMs + intervalMs;
      } else {
        if (offsetMs === null || isStart || mediaMs + offsetMs < latestMs - joinedMs) {
          offsetMs = latestMs + intervalMs - mediaMs;
        }
        latestMs = Math.max(mediaMs + offsetMs, latestMs + Math.min(1, intervalMs / 4));
      }
      return { index: index++, timestampMs: latestMs, timeBasis: 'media' };
    },
    skip: () => {
      index++;
    },
  };
}

/** A camera's clock may be this far from ours, in ms; farther times are not believed. */
const plausibleMs = 3_600_000;
/**
 * A time of capture may be this far behind the frames before it, in ms, which had that of arrival:
 * pictures travel, and wait in buffers.
 */
const catchUpMsMax = 15_000;
/** Speed at which time passes meanwhile: slow, but not so slow that all objects seem to jump. */
const catchUpSpeed = 0.25;

/**
 * Time of live cameras, in ms since the Unix epoch: the time of capture where the camera tells a
 * plausible one, otherwise that of arrival. Arrival is the wall clock at the first frame, and from
 * there the monotonic clock, so that a clock that is set never moves the time of frames.
 *
 * Strictly increasing: frames that arrive together are 1 ms apart. Where a camera begins to tell
 * its time after frames that had the time of arrival, which is later, the following frames count as
 * `arrival` still and advance at a quarter of the speed, until the time of capture has caught up.
 */
export function captureTime(clock: Pick<Clock, 'nowMs' | 'wallMs'>): FrameNumbering {
  let index = 0;
  let originMs: number | null = null;
  let latestMs = -Infinity;
  let latestCaptureMs: number | null = null;
  let latestArrivalMs = -Infinity;
  return {
    next: ({ captureMs = null } = {}) => {
      originMs ??= clock.wallMs() - clock.nowMs();
      const arrivalMs = originMs + clock.nowMs();
      const isGiven = captureMs !== null && Math.abs(captureMs - arrivalMs) <= plausibleMs;
      const behindMs = isGiven ? latestMs - captureMs : Infinity;
      const advanceMs = isGiven && latestCaptureMs !== null ? captureMs - latestCaptureMs : 0;
      latestCaptureMs = isGiven ? captureMs : null;
      let timeBasis: TimeBasis = 'arrival';
      if (behindMs < 0) {
        latestMs = captureMs!;
        timeBasis = 'capture';
      } else if (behindMs <= catchUpMsMax) {
        latestMs += Math.max(1, Math.round(advanceMs * catchUpSpeed));
      } else if (arrivalMs > latestMs) {
        latestMs = Math.max(Math.round(arrivalMs), latestMs + 1);
      } else {
        // Frames before had a time that was ahead: arrival has to catch up.
        latestMs += Math.max(1, Math.round((arrivalMs - latestArrivalMs) * catchUpSpeed));
      }
      latestArrivalMs = arrivalMs;
      return { index: index++, timestampMs: latestMs, timeBasis };
    },
    skip: () => {
      index++;
    },
  };
}
