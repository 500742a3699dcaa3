const leastMs = 0.01;
const mostMs = 600_000;
const binsPerFactor10 = 64;
const bins = Math.ceil(Math.log10(mostMs / leastMs) * binsPerFactor10);

/** Largest relative error of a quantile: half a bin of the logarithmic scale, about 1.8 %. */
export const quantileError = 10 ** (0.5 / binsPerFactor10) - 1;

/**
 * Estimates quantiles of any number of durations in fixed memory (about 4 kB).
 *
 * Counts values in logarithmic bins from 0.01 ms to 10 minutes; values outside count in the first
 * or last bin. The maximum is exact, and no quantile exceeds it.
 */
export class LogHistogram {
  readonly #counts = new Float64Array(bins);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** The largest value so far in ms; 0 without values. */
  get max(): number {
    return this.#max;
  }

  /** Adds a duration in ms. Throws a RangeError for NaN and negative values. */
  add(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`a duration of ${ms} ms`);
    const bin = Math.floor(Math.log10(Math.max(ms, leastMs) / leastMs) * binsPerFactor10);
    const index = Math.min(bin, bins - 1);
    this.#counts[index] = this.#counts[index]! + 1;
    this.#count++;
    this.#max = Math.max(this.#max, ms);
  }

  /**
   * The quantile `q` (0..1) by nearest rank, within {@link quantileError}; 0 without values.
   */
  quantile(q: number): number {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile of ${q}, expected 0 to 1`);
    if (this.#count === 0) return 0;
    let left = Math.max(1, Math.ceil(q * this.#count));
    for (let index = 0; index < bins; index++) {
      left -= this.#counts[index]!;
      if (left <= 0) {
        // The bin's geometric centre has the smallest error in both directions.
        return Math.min(this.#max, leastMs * 10 ** ((index + 0.5) / binsPerFactor10));
      }
    }
    return this.#max;
  }

  /** Adds the counts of another histogram, which is unchanged. */
  merge(other: LogHistogram): void {
    for (let index = 0; index < bins; index++) {
      this.#counts[index] = this.#counts[index]! + other.#counts[index]!;
    }
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }
}
