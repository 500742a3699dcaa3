import {
  catchError,
  connect,
  endWith,
  from,
  ignoreElements,
  map,
  merge,
  of,
  takeUntil,
  type MonoTypeOperatorFunction,
} from 'rxjs';

/** A worker that is restarted, and given up where that does not help; or the store. */
export interface GivenUp {
  /** `failed` once it is given up. */
  readonly state: string;
  /** Resolves with the reason when the worker is given up. */
  readonly lost: Promise<Error>;
}

/**
 * Errors the stream with the reason when one of the workers is given up, also where the stream
 * errors by itself because of that.
 */
export function endWithWorkers<T>(workers: readonly GivenUp[]): MonoTypeOperatorFunction<T> {
  return (values) =>
    values.pipe(
      connect((shared) => {
        const ended = shared.pipe(
          ignoreElements(),
          catchError(() => of(null)),
          endWith(null),
        );
        const givenUp = merge(...workers.map(({ lost }) => from(lost))).pipe(
          map((error): never => {
            throw error;
          }),
          takeUntil(ended),
        );
        return merge(givenUp, shared);
      }),
      catchError(async (error: unknown): Promise<never> => {
        const failed = workers.find(({ state }) => state === 'failed');
        throw failed === undefined ? error : await failed.lost;
      }),
    );
}
