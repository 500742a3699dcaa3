import type { Frame } from '../../frames/frame.ts';

/** A frame, and when this process got it, in ms of the monotonic clock. */
export interface Received {
  readonly frame: Frame;
  readonly receivedMs: number;
}

/** Most frames of the main stream that wait for those of the other. */
export const mainFramesMax = 4;

/** Weight of the newest interval in the mean. */
const newestWeight = 0.2;

/** The newest frames of a main stream, one owner each, and their places in time. */
export class MainFrames {
  readonly #frames: Received[] = [];
  #latest: Received | null = null;
  #intervalMs = 0;

  /** Mean time between two frames; 0 before the second. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  get size(): number {
    return this.#frames.length;
  }

  /** Takes over a frame; the oldest is released where there are too many. */
  push(received: Received): void {
    if (this.#latest !== null) {
      const intervalMs = offsetMs(received, this.#latest);
      const weight = this.#intervalMs === 0 ? 1 : newestWeight;
      if (intervalMs > 0) this.#intervalMs += weight * (intervalMs - this.#intervalMs);
    }
    this.#latest = received;
    this.#frames.push(received);
    if (this.#frames.length > mainFramesMax) this.#frames.shift()!.frame.release();
  }

  /** Whether a frame is as late as `other` or later, so that a nearer one cannot follow. */
  reaches(other: Received): boolean {
    return this.#frames.some((received) => offsetMs(received, other) >= 0);
  }

  /** Releases the frames that are farther from `other`, and all that follow it, than another. */
  releaseBefore(other: Received): void {
    while (this.#frames.length > 1 && offsetMs(this.#frames[1]!, other) <= 0) {
      this.#frames.shift()!.frame.release();
    }
  }

  /** The frame that is nearest in time, at most `toleranceMs` away; null where none is. */
  nearest(other: Received, toleranceMs: number): Frame | null {
    let best: Frame | null = null;
    let bestMs = toleranceMs;
    for (const received of this.#frames) {
      const distanceMs = Math.abs(offsetMs(received, other));
      if (distanceMs > bestMs) continue;
      best = received.frame;
      bestMs = distanceMs;
    }
    return best;
  }

  /** Releases all frames. */
  clear(): void {
    for (const { frame } of this.#frames.splice(0)) frame.release();
    this.#latest = null;
  }
}

/**
 * How much later `a` is than `b`, in ms: by their timestamps, or where these are not the times of
 * the same thing, by when they came.
 */
function offsetMs(a: Received, b: Received): number {
  // Times of arrival have an origin of their own in each stream.
  return a.frame.timeBasis === b.frame.timeBasis && a.frame.timeBasis !== 'arrival'
    ? a.frame.timestampMs - b.frame.timestampMs
    : a.receivedMs - b.receivedMs;
}
