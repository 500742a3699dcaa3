import {
  concatMap,
  defer,
  finalize,
  tap,
  type MonoTypeOperatorFunction,
  type ObservableInput,
  type OperatorFunction,
} from 'rxjs';
import type { Frame } from '../ingest/frames/frame.ts';

/**
 * `concatMap` for values that own their frame: one at a time, in order.
 *
 * `project` takes over the frame. Waiting frames, bounded by the camera's frame pool, are released
 * when the subscription ends.
 */
export function concatHeld<T extends { readonly frame: Frame }, R>(
  project: (value: T) => ObservableInput<R>,
): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      const waiting = new Set<Frame>();
      return source.pipe(
        tap(({ frame }) => waiting.add(frame)),
        concatMap((value) => {
          const result = project(value);
          // Only after `project` returned: if it throws, this operator still owns the frame.
          waiting.delete(value.frame);
          return result;
        }),
        finalize(() => waiting.forEach((frame) => frame.release())),
      );
    });
}

/** Transfers `frame` with the first value; releases it if the subscription ends before that. */
export function transferOwnership<T>(frame: Frame): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      let held = true;
      return source.pipe(
        tap(() => {
          held = false;
        }),
        finalize(() => {
          if (held) frame.release();
        }),
      );
    });
}
