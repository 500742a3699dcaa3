/** Where the pipeline's time comes from. */
export interface Clock {
  /** ms that never go back. */
  now(): number;
}

/** Real time: what live cameras run on. */
export const realClock: Clock = { now: () => performance.now() };

/**
 * The time of the frames themselves, for simulations that run as fast as they can: a
 * delay then takes as many frames as it would have in life, on any machine.
 */
export class FrameClock implements Clock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  /** Goes on to a frame's time; a time that went back (a recording that starts over) is left out. */
  advance(timestampMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timestampMs);
  }
}
