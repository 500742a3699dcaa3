import { Observable } from 'rxjs';

/**
 * Starts work on subscription and emits its result; unsubscribing before that aborts the signal
 * that the work was given.
 */
export function abortable<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Observable<Result> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    work(controller.signal).then(
      (result) => {
        subscriber.next(result);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => controller.abort();
  });
}
