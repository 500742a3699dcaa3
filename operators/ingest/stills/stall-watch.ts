import { intervalsMax, silenceMsMax, type SilenceLimits } from '../ffmpeg/stall-limit.ts';

/** How long a camera of single pictures may be silent; longer where it is slower by nature. */
export type StallLimits = Pick<SilenceLimits, 'openMs' | 'stallMs'>;

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
