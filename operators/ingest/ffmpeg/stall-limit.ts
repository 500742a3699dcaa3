/** How long a live camera may be silent, in ms. */
export interface SilenceLimits {
  /** Until its first picture, after it was opened. */
  readonly openMs: number;
  /** Between later pictures. */
  readonly stallMs: number;
  /** Pictures per second to which the camera is thinned; null: all are kept. */
  readonly fps: number | null;
}

/** A camera is lost when it is silent for this many of its own longest intervals. */
export const intervalsMax = 3;
/** No camera may be silent for longer by its own intervals, in ms. */
export const silenceMsMax = 600_000;
/** The longest interval is remembered for between one and two periods of this length. */
const periodMs = 60_000;
const periodPictures = 8;

/**
 * The silence after which a camera counts as lost.
 *
 * `stallMs`, but never less than three of the longest intervals that the camera itself has shown
 * lately: one that sends a picture every ten seconds is not lost after ten. Until it has sent two
 * pictures, nothing is known of its intervals: `openMs` is granted for the first, and no less for
 * the second.
 */
export class StallLimit {
  readonly #limits: SilenceLimits;
  #latestMs: number | null = null;
  #hasDelivered = false;
  #longestMs = 0;
  #longestBeforeMs = 0;
  #intervals = 0;
  #periodStartMs = 0;
  #knowsIntervals = false;

  constructor(limits: SilenceLimits) {
    this.#limits = limits;
  }

  /** The silence that is too long, in ms. */
  get limitMs(): number {
    const { openMs, stallMs, fps } = this.#limits;
    if (!this.#hasDelivered) return openMs;
    if (!this.#knowsIntervals) return Math.max(openMs, stallMs, this.#thinnedMs(fps));
    const shownMs = Math.max(this.#longestMs, this.#longestBeforeMs);
    const ownMs = Math.max(intervalsMax * shownMs, this.#thinnedMs(fps));
    return Math.max(stallMs, Math.min(ownMs, silenceMsMax));
  }

  /** Notes that a picture came at `nowMs`, in ms of a monotonic clock. */
  delivered(nowMs: number): void {
    if (this.#latestMs !== null) this.#note(nowMs - this.#latestMs, nowMs);
    this.#latestMs = nowMs;
    this.#hasDelivered = true;
  }

  /** Notes that pictures were not asked for: the interval to the next one says nothing. */
  interrupted(): void {
    this.#latestMs = null;
  }

  #note(intervalMs: number, nowMs: number): void {
    if (this.#intervals >= periodPictures && nowMs - this.#periodStartMs >= periodMs) {
      this.#longestBeforeMs = this.#longestMs;
      this.#longestMs = 0;
      this.#intervals = 0;
    }
    if (this.#intervals === 0) this.#periodStartMs = nowMs;
    this.#intervals++;
    this.#longestMs = Math.max(this.#longestMs, intervalMs);
    this.#knowsIntervals = true;
  }

  #thinnedMs(fps: number | null): number {
    return fps === null ? 0 : (intervalsMax * 1000) / fps;
  }
}
