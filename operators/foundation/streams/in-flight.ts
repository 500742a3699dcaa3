import { BehaviorSubject, first, map, type Observable } from 'rxjs';

/** Counts pieces of work in flight, so that others can wait until there are none. */
export class InFlight {
  readonly #count = new BehaviorSubject(0);

  /** Emits once and completes as soon as nothing is in flight: at once where that is so now. */
  readonly idle$: Observable<void> = this.#count.pipe(
    first((count) => count === 0),
    map(() => undefined),
  );

  get count(): number {
    return this.#count.value;
  }

  /** Counts one piece of work until the returned function is called for the first time. */
  begin(): () => void {
    this.#count.next(this.#count.value + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#count.next(this.#count.value - 1);
    };
  }
}
