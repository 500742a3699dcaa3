import { defer, of, type OperatorFunction } from 'rxjs';
import type { DetectedFrame } from '../detect/detected-frame.ts';
import { concatHeld } from './concat-held.ts';
import type { CropScheduler } from './crop-scheduler.ts';
import {
  embedCrops,
  type EmbedCropsOptions,
  type EmbeddingReceiver,
  type RequestEmbedding,
} from './embed-crops.ts';
import { track, type ObjectTracker, type TrackedFrame } from './track.ts';

/**
 * Tracks and looks, with a tracker and a planner of its own for every subscription.
 *
 * In `wait` mode the next frame isn't even tracked before this one's looks are in, so that
 * the same frames give the same tracks however long a look takes; `look` after `track`
 * alone can't promise that where frames overtake looks.
 */
export function trackAndEmbed(
  createTracker: () => ObjectTracker & EmbeddingReceiver,
  createPlanner: () => CropScheduler,
  requestLook: RequestEmbedding,
  options: EmbedCropsOptions,
): OperatorFunction<DetectedFrame, TrackedFrame> {
  return (frames) =>
    defer(() => {
      const tracker = createTracker();
      const tracked = track(() => tracker);
      const looked = embedCrops(tracker, createPlanner(), requestLook, options);
      if (options.mode === 'background') return frames.pipe(tracked, looked);
      return frames.pipe(concatHeld((seen) => of(seen).pipe(tracked, looked)));
    });
}
