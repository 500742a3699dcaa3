import { Observable } from 'rxjs';

/**
 * Runs an asynchronous `task` on subscription; what it emits becomes the stream.
 *
 * Completes and errors with the task. Unsubscribing aborts `signal`; the task must not
 * emit after that, and its rejection is then ignored.
 */
export function produce<T>(
  task: (emit: (value: T) => void, signal: AbortSignal) => Promise<void>,
): Observable<T> {
  return new Observable((observer) => {
    const ending = new AbortController();
    task((value) => observer.next(value), ending.signal).then(
      () => observer.complete(),
      // After unsubscribing RxJS would report it as unhandled, but it is only the abort.
      (error: unknown) => observer.closed || observer.error(error),
    );
    return () => ending.abort();
  });
}
