import { concatMap, defer, finalize, from, tap, type ObservableInput, type OperatorFunction } from 'rxjs';
import type { Frame } from '../ingest/frame.ts';

/**
 * `concatMap` for things that carry a frame: one at a time, in order, each frame retained
 * from its arrival until what `project` made of it has passed on.
 *
 * Waiting frames are bounded by the camera's frame pool, whose buffers they hold. When the
 * subscription ends, whatever is still waiting is released.
 */
export function concatHeld<T extends { readonly frame: Frame }, R>(
  project: (value: T) => ObservableInput<R>,
): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      const held = new Set<Frame>();
      const letGo = (frame: Frame) => {
        if (held.delete(frame)) frame.release();
      };
      return source.pipe(
        tap(({ frame }) => {
          frame.retain();
          held.add(frame);
        }),
        concatMap((value) => from(project(value)).pipe(finalize(() => letGo(value.frame)))),
        finalize(() => held.forEach(letGo)),
      );
    });
}
