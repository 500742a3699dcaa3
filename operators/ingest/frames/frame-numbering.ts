/** Gives every captured frame, delivered or dropped, its number and its time. */
export interface FrameNumbering {
  next(): { readonly index: number; readonly timestampMs: number };
}

/** Media time: frame `n` was taken at `n / fps` seconds, over loops of the same recording too. */
export function mediaTime(fps: number): FrameNumbering {
  let index = 0;
  return {
    next: () => ({ index, timestampMs: (index++ * 1000) / fps }),
  };
}

/**
 * Wall clock time for live cameras, in ms since the Unix epoch.
 *
 * Never goes back: while the clock is set behind the newest frame, frames are 1 ms apart.
 */
export function wallClock(now: () => number): FrameNumbering {
  let index = 0;
  let newestMs = -Infinity;
  return {
    next: () => {
      newestMs = Math.max(now(), newestMs + 1);
      return { index: index++, timestampMs: newestMs };
    },
  };
}
