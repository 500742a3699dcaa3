import type { Box } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { Track, TrackedFrame } from '../track/track.ts';
import {
  candidateDefaults,
  coveringBoxes,
  isCandidateTrack,
  type CandidateOptions,
} from './candidate.ts';
import { Clusters } from './clusters.ts';
import { Novelty, noveltyByScore } from './novelty.ts';
import { Sampler, samplerDefaults, type SamplerOptions } from './sampler.ts';
import type { DiscoveredFrame, Unknown } from './unknown.ts';

export interface DiscovererOptions extends CandidateOptions, SamplerOptions {
  /** Minimum novelty of an unknown. 0 to 1. Default: 0. */
  readonly noveltyMin: number;
  /** Minimum base score for a track to serve as an example of its class. 0 to 1. Default: 0.5. */
  readonly knownScoreMin: number;
  /** Embeddings of one recognised track that novelty learns from. ≥ 0. Default: 3. */
  readonly knownEmbeddingsPerTrack: number;
}

export const discovererDefaults: DiscovererOptions = {
  ...candidateDefaults,
  ...samplerDefaults,
  noveltyMin: 0,
  knownScoreMin: 0.5,
  knownEmbeddingsPerTrack: 3,
};

/** State that cameras may share, so that an object has one cluster in all of them. */
export interface SharedKnowledge {
  readonly clusters: Clusters;
  readonly novelty: Novelty;
}

/** State of one confirmed track. */
interface TrackNotes {
  frames: number;
  /** Timestamp of the newest embedding that was used. */
  embeddedMs: number;
  embeddings: number;
  knownEmbeddings: number;
  clusterId: string | null;
  /** By distance; null while there is none. */
  novelty: number | null;
}

/**
 * Decides which tracks of one camera are unknown objects, how novel they are, which cluster they
 * belong to, and which are sampled now. Deterministic: the same frames give the same result.
 *
 * A track becomes an unknown only with a crop embedding; without one it cannot be clustered.
 */
export class Discoverer {
  readonly sampler: Sampler;
  readonly clusters: Clusters;
  readonly novelty: Novelty;
  readonly #options: DiscovererOptions;
  readonly #notes = new Map<number, TrackNotes>();

  constructor(options: Partial<DiscovererOptions> = {}, shared?: SharedKnowledge) {
    this.#options = { ...discovererDefaults, ...options };
    this.sampler = new Sampler(this.#options);
    this.clusters = shared?.clusters ?? new Clusters();
    this.novelty = shared?.novelty ?? new Novelty();
  }

  /** The unknown objects of the next frame, and those of them to sample now. */
  update(tracked: TrackedFrame): Pick<DiscoveredFrame, 'unknowns' | 'toSample'> {
    for (const id of tracked.ended) {
      this.#notes.delete(id);
      this.sampler.forget(id);
    }
    const confirmed = tracked.tracks.filter((track) => track.confirmed);
    const covering = coveringBoxes(confirmed, tracked.frame, this.#options);
    const unknowns: Unknown[] = [];
    const toSample: Unknown[] = [];
    for (const track of confirmed) {
      const notes = this.#notesOf(track);
      notes.frames++;
      this.sampler.observe(track);
      this.#learnKnown(track, notes);
      const unknown = this.#unknownOf(track, notes, tracked.frame, covering);
      if (unknown === null) continue;
      unknowns.push(unknown);
      if (this.sampler.trySample(track, unknown.clusterId, tracked.frame.timestampMs)) {
        toSample.push(unknown);
      }
    }
    return { unknowns, toSample };
  }

  #notesOf(track: Track): TrackNotes {
    let notes = this.#notes.get(track.id);
    if (notes === undefined) {
      notes = {
        // Nearly all frames before the confirmation were hits.
        frames: track.hits + track.missed - 1,
        embeddedMs: -Infinity,
        embeddings: 0,
        knownEmbeddings: 0,
        clusterId: null,
        novelty: null,
      };
      this.#notes.set(track.id, notes);
    }
    return notes;
  }

  /** Learns from a new embedding of a track that is recognised with certainty. */
  #learnKnown({ embedding, recognition }: Track, notes: TrackNotes): void {
    if (embedding === null || recognition === null || embedding.timestampMs <= notes.embeddedMs)
      return;
    const certain =
      recognition.by === 'learned' || recognition.score >= this.#options.knownScoreMin;
    if (!certain || notes.knownEmbeddings >= this.#options.knownEmbeddingsPerTrack) return;
    notes.embeddedMs = embedding.timestampMs;
    notes.knownEmbeddings++;
    if (notes.embeddings++ === 0) this.clusters.observe(embedding.latent);
    this.novelty.learn(recognition.class, embedding.latent);
  }

  #unknownOf(
    track: Track,
    notes: TrackNotes,
    frame: Frame,
    covering: readonly Box[],
  ): Unknown | null {
    if (!isCandidateTrack(track, frame, notes.frames, covering, this.#options)) return null;
    if (track.embedding === null) return null;
    const clusterId = this.#clusterOf(track.embedding, notes);
    if (this.clusters.stateOf(clusterId)?.kind === 'dismissed') return null;
    const novelty = notes.novelty ?? noveltyByScore(track);
    if (novelty < this.#options.noveltyMin) return null;
    return { track, box: track.box, novelty, clusterId };
  }

  /** The cluster of an unknown track, updated with its newest embedding. */
  #clusterOf(embedding: NonNullable<Track['embedding']>, notes: TrackNotes): string {
    if (notes.clusterId !== null && embedding.timestampMs <= notes.embeddedMs) {
      return this.clusters.resolve(notes.clusterId);
    }
    if (notes.embeddings++ === 0) this.clusters.observe(embedding.latent);
    notes.embeddedMs = embedding.timestampMs;
    notes.novelty = this.novelty.score(embedding.latent);
    notes.clusterId =
      notes.clusterId === null
        ? this.clusters.join(embedding.latent)
        : this.clusters.rejoin(notes.clusterId, embedding.latent);
    return notes.clusterId;
  }
}
