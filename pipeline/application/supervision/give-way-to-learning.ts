import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { InFlight } from '../../../operators/foundation/streams/in-flight.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';

/** Labels that have waited this long cost live cameras every second frame, in ms. */
export const giveWayAfterMs = 1000;

/**
 * Whether live cameras are to leave out frames: while a command, an update or a swap has been in
 * flight for more than {@link giveWayAfterMs}.
 */
export function giveWayToLearning(
  inFlight: readonly Pick<InFlight, 'busySinceMs'>[],
  nowMs = (): number => performance.now(),
): () => boolean {
  return () =>
    inFlight.some(({ busySinceMs }) => nowMs() - (busySinceMs ?? Infinity) > giveWayAfterMs);
}

/** Leaves out every second frame while `givesWay`: releases it, and then calls `onDrop`. */
export function leaveOutForLearning(
  givesWay: () => boolean,
  onDrop: () => void,
): MonoTypeOperatorFunction<Frame> {
  return (frames) =>
    defer(() => {
      let gaveWay = false;
      return frames.pipe(
        filter((frame) => {
          gaveWay = !gaveWay && givesWay();
          if (!gaveWay) return true;
          frame.release();
          onDrop();
          return false;
        }),
      );
    });
}
