/**
 * Where the captured frames of one camera went: detected, dropped (by reason) or under way.
 *
 * `captured = detected + dropped + inFlight` holds after every call. A call that would make
 * `inFlight` negative throws, since frames would then be counted twice.
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

  /** Captured frames that are neither detected nor dropped yet. */
  get inFlight(): number {
    return this.#captured - this.#detected - this.#droppedTotal;
  }

  /** Frames dropped so far, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  capture(count = 1): void {
    assertCount(count);
    this.#captured += count;
  }

  /** Frames that went through the detector. */
  detect(count = 1): void {
    assertCount(count);
    this.#assertInFlight(count, 'detected');
    this.#detected += count;
  }

  /** Frames that were captured and given up. Reasons come from a closed union, so they are few. */
  drop(reason: string, count = 1): void {
    assertCount(count);
    this.#assertInFlight(count, `dropped (${reason})`);
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    this.#droppedTotal += count;
  }

  #assertInFlight(count: number, what: string): void {
    if (count > this.inFlight) {
      throw new RangeError(`${count} frames ${what}, but only ${this.inFlight} under way`);
    }
  }
}

function assertCount(count: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`a count of ${count} frames, expected a whole number from 0`);
  }
}
