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
import {
  askingDefaults,
  isDue,
  isQuietlyKnown,
  isSteady,
  type AskingOptions,
  TrackEvidence,
} from './track-evidence.ts';
import type { DiscoveredFrame, Unknown } from './unknown.ts';
import { uncertaintyOf, worthOf } from './worth.ts';

export interface DiscovererOptions extends AskingOptions, CandidateOptions, SamplerOptions {
  /** Minimum novelty of an unknown. 0 to 1. Default: 0. */
  readonly noveltyMin: number;
  /** Minimum base score for a track to serve as an example of its class. 0 to 1. Default: 0.5. */
  readonly knownScoreMin: number;
  /** Embeddings of one recognised track that novelty learns from. ≥ 0. Default: 3. */
  readonly knownEmbeddingsPerTrack: number;
}

export const discovererDefaults: DiscovererOptions = {
  ...askingDefaults,
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
  /** Of the object that it shows by now, as the four entries after it are. */
  evidence: TrackEvidence;
  /** When it was first an unknown; null before. */
  unknownSinceMs: number | null;
  /** Crop embeddings of it as an unknown. */
  looks: number;
  isAsked: boolean;
  clusterId: string | null;
  frames: number;
  /** Timestamp of the newest embedding that was used. */
  embeddedMs: number;
  embeddings: number;
  knownEmbeddings: number;
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
  /** Of tracks that have been seen for long. */
  readonly #steadyOptions: DiscovererOptions;
  readonly #notes = new Map<number, TrackNotes>();

  constructor(options: Partial<DiscovererOptions> = {}, shared?: SharedKnowledge) {
    this.#options = { ...discovererDefaults, ...options };
    const { objectnessMin, steadyObjectnessMin } = this.#options;
    const steadyMin = Math.min(objectnessMin, steadyObjectnessMin);
    this.#steadyOptions = { ...this.#options, objectnessMin: steadyMin };
    this.sampler = new Sampler(this.#options);
    this.clusters = shared?.clusters ?? new Clusters();
    this.novelty = shared?.novelty ?? new Novelty();
  }

  /** The unknown objects of the next frame, and those of them to sample now. */
  update(tracked: TrackedFrame): Pick<DiscoveredFrame, 'unknowns' | 'toSample'> {
    for (const id of tracked.ended) {
      const notes = this.#notes.get(id);
      if (notes !== undefined) this.#noteGone(notes);
      this.#notes.delete(id);
      this.sampler.forget(id);
    }
    const confirmed = tracked.tracks.filter((track) => track.confirmed);
    const covering = coveringBoxes(confirmed, tracked.frame, this.#options);
    const nowMs = tracked.frame.timestampMs;
    const unknowns: Unknown[] = [];
    const askedBefore = new Set<number>();
    for (const track of confirmed) {
      const notes = this.#notesOf(track);
      notes.frames++;
      notes.evidence.add(track);
      this.sampler.observe(track);
      this.#learnKnown(track, notes);
      const unknown = this.#unknownOf(track, notes, tracked.frame, covering);
      if (unknown !== null) notes.unknownSinceMs ??= nowMs;
      if (notes.isAsked) askedBefore.add(track.id);
      this.#judge(track, notes, tracked.frame, unknown !== null);
      if (unknown !== null) unknowns.push({ ...unknown, asked: notes.isAsked });
    }
    // The budgets of samples go to what is asked about, and there to what an answer brings most of.
    unknowns.sort(
      (a, b) => Number(b.asked) - Number(a.asked) || b.worth - a.worth || a.track.id - b.track.id,
    );
    const toSample = unknowns.filter((unknown) => {
      const { track, clusterId } = unknown;
      // A question that has just opened takes the samples of before, which is noted after this.
      const isLacking = askedBefore.has(track.id) && this.#lacksSample(unknown);
      return this.sampler.trySample(track, clusterId, nowMs, isLacking);
    });
    return { unknowns, toSample };
  }

  /** Whether it is asked about, while its cluster has no sample with which to ask. */
  #lacksSample({ asked, clusterId }: Unknown): boolean {
    const { questions } = this.clusters;
    if (!asked || this.clusters.stateOf(clusterId)?.kind !== 'unlabelled') return false;
    return questions.hasSamples?.(clusterId) === false;
  }

  /** Decides from all that was seen of an unknown object whether it is asked about by now. */
  #judge(
    { id, recognition }: Track,
    notes: TrackNotes,
    { camera, timestampMs }: Frame,
    isUnknown: boolean,
  ): void {
    const { unknownSinceMs: sinceMs, looks, clusterId } = notes;
    if (sinceMs === null || clusterId === null) return;
    const { account } = notes.evidence;
    const waitedMs = timestampMs - sinceMs;
    const isKnown =
      recognition?.by === 'learned' || isQuietlyKnown(account, this.#options, notes.isAsked);
    const before = notes.isAsked;
    const mayWait = waitedMs < this.#options.alikeMs;
    const isReady =
      before ||
      (isUnknown &&
        isDue(account, { looks, waitedMs }, this.#options) &&
        !(mayWait && this.clusters.isLikeAsked(clusterId)));
    notes.isAsked = isReady && !isKnown;
    if (notes.isAsked !== before) this.clusters.noteAsked(clusterId, notes.isAsked);
    const kind = this.clusters.stateOf(clusterId)?.kind ?? 'unlabelled';
    const standing = { camera, trackId: id, sinceMs, asked: notes.isAsked };
    this.clusters.questions.note(standing, kind !== 'unlabelled');
  }

  /** Notes that the object of a track is not in view any more. */
  #noteGone({ isAsked, clusterId }: Pick<TrackNotes, 'isAsked' | 'clusterId'>): void {
    if (isAsked && clusterId !== null) this.clusters.noteAsked(clusterId, false);
  }

  #notesOf(track: Track): TrackNotes {
    let notes = this.#notes.get(track.id);
    if (notes === undefined) {
      notes = {
        evidence: new TrackEvidence(),
        unknownSinceMs: null,
        looks: 0,
        isAsked: false,
        clusterId: null,
        // Nearly all frames before the confirmation were hits.
        frames: track.hits + track.missed - 1,
        embeddedMs: -Infinity,
        embeddings: 0,
        knownEmbeddings: 0,
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
  ): Omit<Unknown, 'asked'> | null {
    const { account } = notes.evidence;
    const options = isSteady(account, this.#options) ? this.#steadyOptions : this.#options;
    if (!isCandidateTrack(track, frame, notes.frames, covering, options)) return null;
    if (track.embedding === null) return null;
    const clusterId = this.#clusterOf(track, track.embedding, notes, frame.timestampMs);
    if (this.clusters.stateOf(clusterId)?.kind === 'dismissed') return null;
    const novelty = notes.novelty ?? noveltyByScore(track);
    if (novelty < this.#options.noveltyMin) return null;
    const uncertainty = uncertaintyOf(account);
    this.clusters.noteUncertainty(clusterId, uncertainty);
    const sightings = this.clusters.factsOf(clusterId)?.sightings ?? 1;
    const worth = worthOf({ novelty, uncertainty, sightings });
    return { track, box: track.box, novelty, clusterId, worth };
  }

  /** The cluster of an unknown track, updated with its newest embedding. */
  #clusterOf(
    { id }: Track,
    embedding: NonNullable<Track['embedding']>,
    notes: TrackNotes,
    nowMs: number,
  ): string {
    if (notes.clusterId !== null && embedding.timestampMs <= notes.embeddedMs) {
      return this.clusters.resolve(notes.clusterId);
    }
    if (notes.embeddings++ === 0) this.clusters.observe(embedding.latent);
    notes.embeddedMs = embedding.timestampMs;
    notes.novelty = this.novelty.score(embedding.latent);
    const { clusterId: before, isAsked } = notes;
    notes.clusterId =
      before === null
        ? this.clusters.join(embedding.latent)
        : this.clusters.rejoin(before, embedding.latent);
    // What was said of the object before does not hold for the one that the track shows now.
    if (before !== null && this.clusters.resolve(before) !== notes.clusterId) {
      this.#noteGone({ isAsked, clusterId: before });
      this.sampler.renew(id);
      notes.evidence = new TrackEvidence();
      notes.unknownSinceMs = nowMs;
      notes.isAsked = false;
      notes.looks = 0;
    }
    notes.looks++;
    return notes.clusterId;
  }
}
