import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Frame } from '../../ingest/frames/frame.ts';
import { canvasOf } from '../../ingest/frames/view-size.ts';
import { MotionMeter } from './motion-meter.ts';

/** Settings of {@link leaveOutStill}. */
export interface LeaveOutStillOptions {
  /** Frames per second that pass without motion, by the frames' own time. Above 0. */
  readonly minFps: number;
  /**
   * Frames pass for this long after the last motion, in ms: what has appeared has to be seen
   * several times before its track is confirmed. Default: {@link motionHoldMs}.
   */
  readonly holdMs?: number;
  /** Called for each frame that is left out, already released. */
  readonly onDrop: () => void;
}

/** Default of {@link LeaveOutStillOptions.holdMs}. */
export const motionHoldMs = 1000;

/**
 * Leaves out frames in which nothing has changed since the last frame that passed, but passes
 * `minFps` of them. The first frame passes, and so does one whose time goes back.
 *
 * Compares with the last frame that passed, so that slow motion adds up until it is seen. Owns
 * every frame: emits it, which passes ownership on, or releases it.
 */
export function leaveOutStill(
  options: LeaveOutStillOptions,
  createMeter = (): Pick<MotionMeter, 'moves' | 'keep'> => new MotionMeter(),
): MonoTypeOperatorFunction<Frame> {
  const { minFps, holdMs = motionHoldMs, onDrop } = options;
  const intervalMs = 1000 / minFps;
  return (frames) =>
    defer(() => {
      const meter = createMeter();
      let passedMs = -Infinity;
      let movedMs = -Infinity;
      return frames.pipe(
        filter((frame) => {
          const { view, timestampMs } = frame;
          const { width, height } = canvasOf(frame.viewSize);
          const moves = meter.moves(view, width, height) || timestampMs < passedMs;
          if (moves) movedMs = timestampMs;
          const isDue = timestampMs >= passedMs + intervalMs || timestampMs <= movedMs + holdMs;
          if (!moves && !isDue) {
            frame.release();
            onDrop();
            return false;
          }
          meter.keep();
          passedMs = timestampMs;
          return true;
        }),
      );
    });
}
