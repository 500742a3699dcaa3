import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  interval,
  merge,
  tap,
  type ObservableInput,
  type OperatorFunction,
} from 'rxjs';
import type { LifelensEvent } from '../../sinks/events.ts';

/** Least time between two saves, in ms. */
export const saveEveryMs = 15_000;

/**
 * Saves after a head was swapped in, at most every {@link saveEveryMs}. A save that fails is
 * reported and tried again. Emits nothing, never errors, and does not save at the end.
 */
export function saveAfterSwaps(
  save: () => ObservableInput<unknown>,
  onFailed: (error: unknown) => void,
): OperatorFunction<LifelensEvent, never> {
  return (events) =>
    defer(() => {
      let unsaved = false;
      const noted = events.pipe(
        filter((event) => event.type === 'model' && event.event === 'swapped'),
        tap(() => {
          unsaved = true;
        }),
      );
      const saves = interval(saveEveryMs).pipe(
        filter(() => unsaved),
        concatMap(() => {
          unsaved = false;
          return defer(save).pipe(
            catchError((error: unknown) => {
              unsaved = true;
              onFailed(error);
              return EMPTY;
            }),
          );
        }),
      );
      return merge(noted, saves).pipe(ignoreElements());
    });
}
