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
 * `project` takes the frame over. The frames that wait for their turn, bounded by the
 * camera's frame pool, are released when the subscription ends.
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
          // Only now: where `project` throws, the frame is still ours to release.
          waiting.delete(value.frame);
          return result;
        }),
        finalize(() => waiting.forEach((frame) => frame.release())),
      );
    });
}

/** Hands `frame` on with the first value, or releases it when the subscription ends before there was one. */
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
