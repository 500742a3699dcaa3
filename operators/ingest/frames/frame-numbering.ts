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
 * Time of live cameras, in ms since the Unix epoch: the wall clock at the first frame, and from
 * there the monotonic clock, so that a clock that is set never moves the time of frames.
 *
 * Strictly increasing: frames that arrive together are 1 ms apart.
 */
export function captureTime(clock: Pick<Clock, 'nowMs' | 'wallMs'>): FrameNumbering {
  let index = 0;
  let originMs: number | null = null;
  let latestMs = -Infinity;
  return {
    next: () => {
      originMs ??= clock.wallMs() - clock.nowMs();
      latestMs = Math.max(Math.round(originMs + clock.nowMs()), latestMs + 1);
      return { index: index++, timestampMs: latestMs };
    },
  };
}
