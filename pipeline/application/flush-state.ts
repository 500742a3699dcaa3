import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  ignoreElements,
  interval,
  type Observable,
  type ObservableInput,
} from 'rxjs';

/** Time between two flushes, in ms. */
export const flushEveryMs = 1000;

/**
 * Flushes once a second. The first of several failures in a row is reported; each is tried again.
 * Emits nothing, never errors, and does not flush at the end.
 */
export function flushEverySecond(
  flush: () => ObservableInput<unknown>,
  onFailed: (error: unknown) => void,
): Observable<never> {
  return defer(() => {
    let isFailing = false;
    return interval(flushEveryMs).pipe(
      concatMap(() =>
        defer(flush).pipe(
          catchError((error: unknown) => {
            if (!isFailing) onFailed(error);
            isFailing = true;
            return EMPTY;
          }),
        ),
      ),
      ignoreElements(),
    );
  });
}
