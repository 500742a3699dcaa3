import { defer, finalize, from, map, of, tap, type OperatorFunction } from 'rxjs';
import type { Frame } from '../ingest/frames/frame.ts';
import { concatHeld, transferOwnership } from './concat-held.ts';
import type { CropScheduler } from './crop-scheduler.ts';
import type { Track, TrackedFrame } from './track.ts';

/**
 * Embeds a crop of a track at full resolution; resolves to cropEmbeddingLength values.
 *
 * Must copy the pixels before it returns the promise, or retain the frame: with
 * `embedding: 'background'` the frame is emitted, and may be released, at once.
 */
export type RequestEmbedding = (frame: Frame, track: Track) => Promise<Float32Array>;

/** Receives the crop embeddings; see Tracker. */
export interface EmbeddingReceiver {
  setEmbedding(trackId: number, latent: Float32Array, timestampMs: number): Track | null;
}

export interface EmbedCropsOptions {
  /**
   * `inline`: a frame is held until its embeddings arrive and is emitted with them on its tracks;
   * frames still held when the subscription ends are released. `background`: a frame is emitted at
   * once, and its embeddings appear in later frames.
   */
  readonly embedding: 'inline' | 'background';
  /** Called for every rejected request; the track keeps its previous embedding, if any. */
  readonly onFailed?: (error: unknown, track: Track) => void;
}

/**
 * Embeds crops of the tracks that `scheduler` selects and delivers the embeddings to `tracker`.
 *
 * A rejected request is counted by the scheduler and reported, and the stream goes on; a
 * `requestEmbedding` that throws errors the stream. Embeddings that arrive after the end of the
 * subscription are discarded. `tracker` and `scheduler` belong to one camera, hence to one
 * subscription.
 */
export function embedCrops(
  tracker: EmbeddingReceiver,
  scheduler: CropScheduler,
  requestEmbedding: RequestEmbedding,
  options: EmbedCropsOptions,
): OperatorFunction<TrackedFrame, TrackedFrame> {
  return (frames) =>
    defer(() => {
      let ended = false;
      const embed = (frame: Frame, track: Track): Promise<Track | null> =>
        requestEmbedding(frame, track)
          .then((latent) =>
            ended ? null : tracker.setEmbedding(track.id, latent, frame.timestampMs),
          )
          .then(
            (updated) => {
              scheduler.settle(true);
              return updated;
            },
            (error: unknown) => {
              scheduler.settle(false);
              if (!ended) options.onFailed?.(error, track);
              return null;
            },
          );
      const embedScheduled = (tracked: TrackedFrame) =>
        scheduler.plan(tracked).map((track) => embed(tracked.frame, track));
      const inline = concatHeld((tracked: TrackedFrame) => {
        const requests = embedScheduled(tracked);
        if (requests.length === 0) return of(tracked);
        return from(Promise.all(requests)).pipe(
          map((updated) => withUpdated(tracked, updated)),
          transferOwnership(tracked.frame),
        );
      });
      const background = tap((tracked: TrackedFrame) => void embedScheduled(tracked));
      return frames.pipe(
        options.embedding === 'inline' ? inline : background,
        finalize(() => {
          ended = true;
        }),
      );
    });
}

/** The frame with the embedded tracks in their new state. */
function withUpdated(tracked: TrackedFrame, updated: readonly (Track | null)[]): TrackedFrame {
  const byId = new Map(updated.flatMap((track) => (track === null ? [] : [[track.id, track]])));
  if (byId.size === 0) return tracked;
  return { ...tracked, tracks: tracked.tracks.map((track) => byId.get(track.id) ?? track) };
}
