/**
 * Thins a sequence of pictures to at most `fps` a second, by the times at which they come: in the
 * long run exactly as many as come or as many as are wanted, whichever is less. Never copies one.
 *
 * A generic cell rate algorithm: a picture may come half an interval early, and lateness of up to
 * an interval is made up for, so that a camera of just the wanted rate loses no frame to jitter.
 */
export class RateLimit {
  readonly #intervalMs: number;
  /** When the next picture is due. */
  #dueMs = -Infinity;
  #latestMs = -Infinity;

  /** @param fps Pictures per second, above 0; null admits every picture. */
  constructor(fps: number | null) {
    this.#intervalMs = fps === null ? 0 : 1000 / fps;
  }

  /** Whether to keep the picture that comes at `timeMs`, in ms of any clock. */
  admits(timeMs: number): boolean {
    const intervalMs = this.#intervalMs;
    const isNew =
      // Also a clock that was set back, or a recording that starts over: pictures must not stop.
      timeMs < this.#latestMs - 2 * intervalMs || timeMs > this.#dueMs + 2 * intervalMs;
    this.#latestMs = timeMs;
    if (isNew) this.#dueMs = timeMs;
    if (timeMs < this.#dueMs - intervalMs / 2) return false;
    this.#dueMs = Math.max(this.#dueMs, timeMs - intervalMs) + intervalMs;
    return true;
  }
}
