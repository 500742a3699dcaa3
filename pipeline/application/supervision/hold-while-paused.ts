import { concatMap, filter, of, type MonoTypeOperatorFunction } from 'rxjs';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Pace } from '../../../operators/ingest/source.ts';

/** Settings of {@link holdWhilePaused}. */
export interface HoldWhilePausedOptions {
  readonly pace: Pace;
  /** Resolves when the camera is resumed; null while it is not paused. */
  readonly unpaused: () => Promise<void> | null;
  /** Called for each frame that is left out, already released. */
  readonly onDrop: () => void;
}

/** Holds the frames of a paused camera at pace `demand`, and leaves them out at pace `live`. */
export function holdWhilePaused(options: HoldWhilePausedOptions): MonoTypeOperatorFunction<Frame> {
  const { pace, unpaused, onDrop } = options;
  if (pace === 'demand') {
    return concatMap((frame) => unpaused()?.then(() => frame) ?? of(frame));
  }
  return filter((frame) => {
    if (unpaused() === null) return true;
    frame.release();
    onDrop();
    return false;
  });
}
