import { Observable } from 'rxjs';

/**
 * Runs an asynchronous `task` per subscription and emits the values that it passes to `emit`.
 *
 * Completes and errors with the task. Unsubscribing aborts `signal`; the task must not emit after
 * that, and its rejection is ignored.
 */
export function fromTask<T>(
  task: (emit: (value: T) => void, signal: AbortSignal) => Promise<void>,
): Observable<T> {
  return new Observable((observer) => {
    const ending = new AbortController();
    task((value) => observer.next(value), ending.signal).then(
      () => observer.complete(),
      // RxJS reports errors after unsubscription as unhandled; this one is only the abort.
      (error: unknown) => observer.closed || observer.error(error),
    );
    return () => ending.abort();
  });
}
