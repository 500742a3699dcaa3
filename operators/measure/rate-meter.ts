/**
 * Measures events per second over a sliding window in constant memory: one count per slice.
 *
 * Times are in ms on any monotonic clock; a time before the newest one counts as the newest. Until
 * a full window has passed, the rate covers the time since the first call.
 */
export class RateMeter {
  readonly #slices: Float64Array;
  readonly #sliceMs: number;
  #startMs: number | null = null;
  #slice = 0;

  constructor(windowMs = 5000, slices = 20) {
    if (!(windowMs > 0)) throw new RangeError(`window of ${windowMs} ms, expected more than 0`);
    if (!Number.isInteger(slices) || slices < 2) {
      throw new RangeError(`${slices} slices, expected a whole number from 2`);
    }
    // One more than the window has: the current slice is not full yet.
    this.#slices = new Float64Array(slices + 1);
    this.#sliceMs = windowMs / slices;
  }

  add(atMs: number, count = 1): void {
    this.#moveTo(atMs);
    const index = this.#slice % this.#slices.length;
    this.#slices[index] = this.#slices[index]! + count;
  }

  /** Events per second at this time. */
  rate(atMs: number): number {
    const elapsedMs = this.#moveTo(atMs);
    const count = this.#slices.reduce((sum, value) => sum + value, 0);
    const fullMs = (this.#slices.length - 1) * this.#sliceMs;
    const spanMs = Math.min(elapsedMs, fullMs + (elapsedMs % this.#sliceMs));
    return spanMs <= 0 ? 0 : (count * 1000) / spanMs;
  }

  /** Clears the slices that have left the window; returns ms since the first call. */
  #moveTo(atMs: number): number {
    this.#startMs ??= atMs;
    const elapsedMs = Math.max(atMs - this.#startMs, this.#slice * this.#sliceMs);
    const slice = Math.floor(elapsedMs / this.#sliceMs);
    const passed = Math.min(slice - this.#slice, this.#slices.length);
    for (let i = 1; i <= passed; i++) {
      this.#slices[(slice - passed + i) % this.#slices.length] = 0;
    }
    this.#slice = slice;
    return elapsedMs;
  }
}
