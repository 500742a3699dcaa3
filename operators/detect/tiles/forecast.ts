/** Weights of the newest value in the mean and in the deviation: those of TCP's retransmissions. */
const weights = { mean: 1 / 8, deviation: 1 / 4 } as const;
/** Deviations to either side that a forecast allows for. */
const deviations = 3;

/** Forecasts a duration that varies from those before: RFC 6298 with three deviations. */
export class Forecast {
  /** Durations seen. */
  count = 0;
  #mean = 0;
  #deviation = 0;

  /** Adds a duration, in any unit. */
  add(value: number): void {
    if (this.count++ === 0) {
      this.#mean = value;
      this.#deviation = value / 4;
      return;
    }
    this.#deviation += weights.deviation * (Math.abs(value - this.#mean) - this.#deviation);
    this.#mean += weights.mean * (value - this.#mean);
  }

  /** The usual one; 0 before the first. */
  get usual(): number {
    return this.#mean;
  }

  /** Hardly any is shorter. */
  get shortest(): number {
    return Math.max(0, this.#mean - deviations * this.#deviation);
  }

  /** Hardly any is longer. */
  get longest(): number {
    return this.#mean + deviations * this.#deviation;
  }
}
