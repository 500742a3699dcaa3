import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Track } from '../../../operators/track/track.ts';
import { boxAt, embeddingsOfKind, trackAt } from '../track/scene.ts';

/** Interval between two frames in ms. */
export const stepMs = 100;

const random = seededRandom(42);

/** An embedding of an object of `kind`, of the frame at `timestampMs`. */
export function embeddingAt(timestampMs: number, kind = embeddingsOfKind(1)) {
  return { latent: kind(random), timestampMs };
}

/** A track that moves right by 2 pixels per frame, with a new embedding every second. */
export function walker(id: number, nowMs: number, facts: Partial<Track> = {}): Track {
  const embedding = facts.embedding ?? embeddingAt(Math.floor(nowMs / 1000) * 1000);
  const hits = nowMs / stepMs + 1;
  return trackAt(id, boxAt(100 + nowMs / 50, 500), nowMs, { hits, ...facts, embedding });
}
