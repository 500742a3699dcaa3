/**
 * Counts the captured frames of one camera by outcome: detected, dropped (by reason) or in flight.
 *
 * `captured = detected + dropped + inFlight` holds after every call. A call that would make
 * `inFlight` negative throws a RangeError: a frame would be counted twice.
 */
export class FrameCounters {
  #captured = 0;
  #detected = 0;
  readonly #dropped = new Map<string, number>();
  #droppedTotal = 0;

  get captured(): number {
    return this.#captured;
  }

  get detected(): number {
    return this.#detected;
  }

  get droppedTotal(): number {
    return this.#droppedTotal;
  }

  /** Captured frames that are neither detected nor dropped. */
  get inFlight(): number {
    return this.#captured - this.#detected - this.#droppedTotal;
  }

  /** Dropped frames by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  capture(count = 1): void {
    assertCount(count);
    this.#captured += count;
  }

  /** Counts frames that passed the detector. */
  detect(count = 1): void {
    assertCount(count);
    this.#assertInFlight(count, 'detected');
    this.#detected += count;
  }

  /** Counts dropped frames. `reason` comes from a closed union, which bounds the map. */
  drop(reason: string, count = 1): void {
    assertCount(count);
    this.#assertInFlight(count, `dropped (${reason})`);
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    this.#droppedTotal += count;
  }

  #assertInFlight(count: number, outcome: string): void {
    if (count > this.inFlight) {
      throw new RangeError(`${count} frames ${outcome}, but only ${this.inFlight} in flight`);
    }
  }
}

function assertCount(count: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`frame count ${count}, expected a whole number from 0`);
  }
}
