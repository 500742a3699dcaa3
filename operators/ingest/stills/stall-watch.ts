export interface StallLimits {
  /** Longest wait for the first picture, in ms. */
  readonly openMs: number;
  /** Longest wait for each later one, in ms; longer for a camera that is slower by nature. */
  readonly stallMs: number;
}

/** A camera is lost when nothing comes for this many of its own intervals. */
const intervalsMax = 3;
/** No camera is waited for longer, in ms. */
const silenceMsMax = 600_000;
/** Share of the usual interval that remains with each shorter one. */
const decay = 0.9;

/**
 * How long to wait for the next picture of a camera: never less than a few times its own interval,
 * and until that is known as long as for the first one.
 */
export class StallWatch {
  readonly #limits: StallLimits;
  #latestMs: number | null = null;
  #usualMs: number | null = null;

  constructor(limits: StallLimits) {
    this.#limits = limits;
  }

  get limitMs(): number {
    const { openMs, stallMs } = this.#limits;
    if (this.#latestMs === null) return openMs;
    if (this.#usualMs === null) return Math.max(openMs, stallMs);
    return Math.max(stallMs, Math.min(intervalsMax * this.#usualMs, silenceMsMax));
  }

  /** A picture arrived at `nowMs`. */
  seen(nowMs: number): void {
    if (this.#latestMs !== null) {
      const gapMs = nowMs - this.#latestMs;
      this.#usualMs = Math.max(gapMs, (this.#usualMs ?? 0) * decay);
    }
    this.#latestMs = nowMs;
  }
}
