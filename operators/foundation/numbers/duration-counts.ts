/** Upper bounds of the buckets of {@link DurationTotals}, in ms. */
export const durationBoundsMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const;

/** How many durations there were since the start, by length. */
export interface DurationTotals {
  /** Durations of at most each of {@link durationBoundsMs}; the last number counts all. */
  readonly upTo: readonly number[];
  readonly sumMs: number;
}

/** Counts durations in buckets; counts only grow, so that two readings can be subtracted. */
export class DurationCounts {
  readonly #counts = new Float64Array(durationBoundsMs.length + 1);
  #sumMs = 0;

  /** Adds a duration in ms. Throws a RangeError for NaN, negative and infinite values. */
  add(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`a duration of ${ms} ms`);
    const found = durationBoundsMs.findIndex((bound) => ms <= bound);
    const index = found === -1 ? durationBoundsMs.length : found;
    this.#counts[index] = this.#counts[index]! + 1;
    this.#sumMs += ms;
  }

  totals(): DurationTotals {
    let count = 0;
    return { upTo: Array.from(this.#counts, (own) => (count += own)), sumMs: this.#sumMs };
  }
}
