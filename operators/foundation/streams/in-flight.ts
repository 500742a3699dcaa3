import { BehaviorSubject, first, map, type Observable } from 'rxjs';

/** Counts pieces of work in flight, so that others can wait until there are none. */
export class InFlight {
  readonly #count = new BehaviorSubject(0);
  #busySinceMs: number | null = null;

  /** Emits once and completes as soon as nothing is in flight: at once where that is so now. */
  readonly idle$: Observable<void> = this.#count.pipe(
    first((count) => count === 0),
    map(() => undefined),
  );

  get count(): number {
    return this.#count.value;
  }

  /** Since when something has been in flight without a break, in monotonic ms; null: nothing is. */
  get busySinceMs(): number | null {
    return this.#busySinceMs;
  }

  /** Counts one piece of work until the returned function is called for the first time. */
  begin(): () => void {
    this.#busySinceMs ??= performance.now();
    this.#count.next(this.#count.value + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      if (this.#count.value === 1) this.#busySinceMs = null;
      this.#count.next(this.#count.value - 1);
    };
  }
}
