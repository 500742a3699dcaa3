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
 * Tracks objects and embeds crops of them, with one tracker and one scheduler per subscription.
 *
 * With `embedding: 'inline'` the next frame is not even tracked until this frame's embeddings have
 * arrived, so the same frames give the same tracks however long an embedding takes. `embedCrops`
 * after `track` alone cannot guarantee that: frames overtake embeddings.
 *
 * @example
 * import { CropScheduler, cutCrops, detect, Detector, emptyHead, Learner } from 'lifelens';
 * import { trackAndEmbed, Tracker, type Frame } from 'lifelens';
 * import type { Observable } from 'rxjs';
 *
 * declare const frames: Observable<Frame>;
 * const [detector, learner] = [await Detector.start({ viewSize: 320 }), await Learner.start()];
 * const head = emptyHead();
 * const tracked = frames.pipe(
 *   detect(detector, { pace: 'demand', headOf: () => head, onDrop: console.warn }),
 *   trackAndEmbed(
 *     () => new Tracker(),
 *     () => new CropScheduler(),
 *     (frame, track) => {
 *       const { pixels, logSizes, count } = cutCrops(frame, [track], learner.cropSize);
 *       return learner.embedCrops(pixels, logSizes, count);
 *     },
 *     { embedding: 'inline' },
 *   ),
 * );
 */
export function trackAndEmbed(
  createTracker: () => ObjectTracker & EmbeddingReceiver,
  createScheduler: () => CropScheduler,
  requestEmbedding: RequestEmbedding,
  options: EmbedCropsOptions,
): OperatorFunction<DetectedFrame, TrackedFrame> {
  return (frames) =>
    defer(() => {
      const tracker = createTracker();
      const tracked = track(() => tracker);
      const embedded = embedCrops(tracker, createScheduler(), requestEmbedding, options);
      if (options.embedding === 'background') return frames.pipe(tracked, embedded);
      return frames.pipe(concatHeld((detected) => of(detected).pipe(tracked, embedded)));
    });
}
