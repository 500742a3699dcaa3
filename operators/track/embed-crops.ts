import { defer, finalize, from, map, of, tap, type OperatorFunction } from 'rxjs';
import type { Frame } from '../ingest/frames/frame.ts';
import { concatHeld, transferOwnership } from './concat-held.ts';
import type { CropScheduler } from './crop-scheduler.ts';
import type { Track, TrackedFrame } from './track.ts';

/**
 * Takes a second look at a track at full resolution: lookLatentLength values.
 *
 * It must cut the pixels out before it returns the promise, or retain the frame: in
 * `background` mode the frame goes its way at once.
 */
export type RequestEmbedding = (frame: Frame, track: Track) => Promise<Float32Array>;

/** Where looks are delivered to; see Tracker. */
export interface EmbeddingReceiver {
  setLook(trackId: number, latent: Float32Array, timestampMs: number): Track | null;
}

export interface EmbedCropsOptions {
  /**
   * `wait`: a frame is held until its looks are in, and passes on with them on its tracks;
   * frames still held when the subscription ends are released. `background`: a frame passes
   * on at once, and its looks show in later ones.
   */
  readonly mode: 'wait' | 'background';
  /** Told of every look that failed; the track does without. */
  readonly onFailed?: (error: unknown, track: Track) => void;
}

/**
 * Has the tracks that deserve it looked at a second time and gives the results to `tracker`.
 *
 * A rejected look is counted by the planner and reported, and the stream goes on; a
 * `requestLook` that throws errors the stream. Looks that come in after the subscription
 * ended are left out. `tracker` and `planner` belong to one camera, hence one subscription.
 */
export function embedCrops(
  tracker: EmbeddingReceiver,
  planner: CropScheduler,
  requestLook: RequestEmbedding,
  options: EmbedCropsOptions,
): OperatorFunction<TrackedFrame, TrackedFrame> {
  return (frames) =>
    defer(() => {
      let ended = false;
      const ask = (frame: Frame, track: Track): Promise<Track | null> =>
        requestLook(frame, track)
          .then((latent) => (ended ? null : tracker.setLook(track.id, latent, frame.timestampMs)))
          .then(
            (looked) => {
              planner.answered(true);
              return looked;
            },
            (error: unknown) => {
              planner.answered(false);
              if (!ended) options.onFailed?.(error, track);
              return null;
            },
          );
      const askAll = (tracked: TrackedFrame) =>
        planner.plan(tracked).map((track) => ask(tracked.frame, track));
      const waiting = concatHeld((tracked: TrackedFrame) => {
        const asked = askAll(tracked);
        if (asked.length === 0) return of(tracked);
        return from(Promise.all(asked)).pipe(
          map((looked) => withLooks(tracked, looked)),
          transferOwnership(tracked.frame),
        );
      });
      const passing = tap((tracked: TrackedFrame) => void askAll(tracked));
      return frames.pipe(
        options.mode === 'wait' ? waiting : passing,
        finalize(() => {
          ended = true;
        }),
      );
    });
}

/** The frame with the tracks that were looked at in their new state. */
function withLooks(tracked: TrackedFrame, looked: readonly (Track | null)[]): TrackedFrame {
  const byId = new Map(looked.flatMap((track) => (track === null ? [] : [[track.id, track]])));
  if (byId.size === 0) return tracked;
  return { ...tracked, tracks: tracked.tracks.map((track) => byId.get(track.id) ?? track) };
}
