import type { StallLimit } from './stall-limit.ts';

/** Calls back when no picture comes within a {@link StallLimit}, once. */
export class StallTimer {
  readonly #limit: StallLimit | null;
  readonly #onStall: (silentMs: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #sinceMs = 0;
  #firesAtMs = 0;

  /** @param limit Null never calls back. */
  constructor(limit: StallLimit | null, onStall: (silentMs: number) => void) {
    this.#limit = limit;
    this.#onStall = onStall;
  }

  /** Begins to wait for a picture. */
  start(): void {
    this.stop();
    this.#sinceMs = performance.now();
    this.#wait();
  }

  /** Stops waiting: no picture is asked for. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#limit?.interrupted();
  }

  /** Notes that a picture came. The timer goes on, and waits for the rest when it fires. */
  delivered(): void {
    const limit = this.#limit;
    if (limit === null) return;
    this.#sinceMs = performance.now();
    limit.delivered(this.#sinceMs);
    if (this.#sinceMs + limit.limitMs >= this.#firesAtMs) return;
    clearTimeout(this.#timer);
    this.#wait();
  }

  #wait(): void {
    const limit = this.#limit;
    if (limit === null) return;
    this.#firesAtMs = this.#sinceMs + limit.limitMs;
    this.#timer = setTimeout(() => {
      const silentMs = performance.now() - this.#sinceMs;
      // The limit may have grown, and timers fire up to a millisecond early.
      if (silentMs + 1 >= limit.limitMs) this.#onStall(limit.limitMs);
      else this.#wait();
    }, this.#firesAtMs - performance.now());
  }
}
