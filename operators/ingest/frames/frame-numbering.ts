import type { Clock } from '../../foundation/time/clock.ts';

/** Assigns an index and a timestamp to every captured frame, delivered or dropped. */
export interface FrameNumbering {
  next(): { readonly index: number; readonly timestampMs: number };
}

/** Media time: frame `n` has the timestamp `n / fps` s, across loops of the same recording. */
export function mediaTime(fps: number): FrameNumbering {
  let index = 0;
  return {
    next: () => ({ index, timestampMs: (index++ * 1000) / fps }),
  };
}

/**
 * Wall clock time, in ms since the Unix epoch, for live cameras.
 *
 * Strictly increasing: while the clock is behind the latest frame, frames are 1 ms apart.
 */
export function wallTime(clock: Pick<Clock, 'wallMs'>): FrameNumbering {
  let index = 0;
  let latestMs = -Infinity;
  return {
    next: () => {
      latestMs = Math.max(clock.wallMs(), latestMs + 1);
      return { index: index++, timestampMs: latestMs };
    },
  };
}
