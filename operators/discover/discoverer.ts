import { type Box, intersectionOverUnion } from '../foundation/geometry/box.ts';
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
import { sightingDefaults, Sightings, type SightingOptions } from './sightings.ts';
import { Sampler, samplerDefaults, type SamplerOptions } from './sampler.ts';
import {
  evidenceDefaults,
  type EvidenceOptions,
  isNameDoubted,
  isPartOfKnown,
  isQuietlyKnown,
  isSteady,
  type TrackAccount,
  TrackEvidence,
} from './track-evidence.ts';
import type { DiscoveredFrame, Unknown } from './unknown.ts';
import { uncertaintyOf, worthOf } from './worth.ts';

export interface DiscovererOptions
  extends CandidateOptions, EvidenceOptions, SamplerOptions, SightingOptions {
  /** Minimum novelty of an unknown. 0 to 1. Default: 0. */
  readonly noveltyMin: number;
  /** Minimum base score for a track to serve as an example of its class. 0 to 1. Default: 0.5. */
  readonly knownScoreMin: number;
  /** Embeddings of one recognised track that novelty learns from. ≥ 0. Default: 3. */
  readonly knownEmbeddingsPerTrack: number;
  /** Embeddings of a track before it is asked about: the first may show it half. Default: 2. */
  readonly looksMin: number;
  /** Age of an embedding up to which its object can be sampled, in ms … ≥ 0. Default: 400. */
  readonly freshMs: number;
  /** … or IoU with the box of that time: the object has stayed. 0 to 1. Default: 0.6. */
  readonly freshOverlap: number;
  /** Time since the last embedding after which neither is waited for, in ms. Default: 2500. */
  readonly patienceMs: number;
}

export const discovererDefaults: DiscovererOptions = {
  ...candidateDefaults,
  ...evidenceDefaults,
  ...samplerDefaults,
  ...sightingDefaults,
  noveltyMin: 0,
  knownScoreMin: 0.5,
  knownEmbeddingsPerTrack: 3,
  looksMin: 2,
  freshMs: 400,
  freshOverlap: 0.6,
  patienceMs: 2500,
};

/** State that cameras may share, so that an object has one cluster in all of them. */
export interface SharedKnowledge {
  readonly clusters: Clusters;
  readonly novelty: Novelty;
}

/** State of one confirmed track. */
interface TrackNotes {
  evidence: TrackEvidence;
  frames: number;
  /** Timestamp of the newest embedding that was used. */
  embeddedMs: number;
  /** The track's box at that time. */
  embeddedBox: Box | null;
  embeddings: number;
  isObserved: boolean;
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
  /** For tracks that have been seen for long. */
  readonly #steadyOptions: DiscovererOptions;
  readonly #sightings: Sightings;
  readonly #notes = new Map<number, TrackNotes>();

  constructor(options: Partial<DiscovererOptions> = {}, shared?: SharedKnowledge) {
    this.#options = { ...discovererDefaults, ...options };
    const { objectnessMin, steadyObjectnessMin } = this.#options;
    const steadyMin = Math.min(objectnessMin, steadyObjectnessMin);
    this.#steadyOptions = { ...this.#options, objectnessMin: steadyMin };
    this.sampler = new Sampler(this.#options);
    this.#sightings = new Sightings(this.#options);
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
    // An object whose name is doubted covers nothing, itself included.
    const regions = confirmed.map((track) => this.#withoutDoubtedName(track));
    const covering = coveringBoxes(regions, tracked.frame, this.#options);
    const nowMs = tracked.frame.timestampMs;
    const unknowns: Unknown[] = [];
    for (const track of confirmed) {
      const notes = this.#notesOf(track);
      notes.frames++;
      this.#account(track, notes, covering, nowMs);
      this.sampler.observe(track);
      this.#observeLooks(track, notes);
      this.#learnKnown(track, notes);
      const unknown = this.#unknownOf(track, notes, tracked.frame, covering);
      if (unknown === null) continue;
      unknowns.push(unknown);
      this.#sightings.note(track.id, track.box, unknown.clusterId, nowMs);
    }
    // The budgets of samples go to the questions whose answers bring most.
    unknowns.sort((a, b) => b.worth - a.worth || a.track.id - b.track.id);
    const toSample = unknowns.filter(
      ({ track, clusterId }) =>
        this.#isSettled(track, nowMs) && this.sampler.trySample(track, clusterId, nowMs),
    );
    return { unknowns, toSample };
  }

  /** Whether enough embeddings say what the track shows, and the newest still holds. */
  #isSettled({ id, box }: Track, nowMs: number): boolean {
    const notes = this.#notes.get(id);
    if (notes === undefined || notes.embeddedBox === null) return false;
    const { looksMin, freshMs, freshOverlap, patienceMs, evidenceMin } = this.#options;
    if (notes.evidence.account.frames < evidenceMin) return false;
    const agoMs = nowMs - notes.embeddedMs;
    // The budget of looks may be used up by other tracks.
    if (agoMs >= patienceMs) return true;
    if (notes.embeddings < looksMin) return false;
    return agoMs <= freshMs || intersectionOverUnion(notes.embeddedBox, box) >= freshOverlap;
  }

  #withoutDoubtedName(track: Track): Track {
    if (track.recognition?.by !== 'base') return track;
    const account = this.accountOf(track.id);
    const isDoubted = account !== null && isNameDoubted(account, this.#options);
    return isDoubted ? { ...track, recognition: null } : track;
  }

  /** What the life of a track says so far; null for one that has ended. */
  accountOf(trackId: number): TrackAccount | null {
    return this.#notes.get(trackId)?.evidence.account ?? null;
  }

  /** Adds what this frame says about a track that is seen in it. */
  #account(track: Track, notes: TrackNotes, covering: readonly Box[], nowMs: number): void {
    const { id, box, recognition, observation } = track;
    if (observation === null) return;
    const isPlaceTaken = this.#sightings.isKnownPlace(id, box, nowMs);
    notes.evidence.add(track, covering, isPlaceTaken, this.#options);
    if (recognition === null) return;
    const { agreement, frames } = notes.evidence.account;
    const { agreementMin, evidenceMin } = this.#options;
    const isCertain = frames >= evidenceMin && agreement >= agreementMin;
    if (recognition.by === 'learned' || isCertain) this.#sightings.note(id, box, null, nowMs);
  }

  /** Shows the first embedding of every track to the clusters, whose scale is that of the scene. */
  #observeLooks({ embedding }: Track, notes: TrackNotes): void {
    if (embedding === null || notes.isObserved) return;
    notes.isObserved = true;
    this.clusters.observe(embedding.latent);
  }

  #notesOf(track: Track): TrackNotes {
    let notes = this.#notes.get(track.id);
    if (notes === undefined) {
      notes = {
        evidence: new TrackEvidence(),
        // Nearly all frames before the confirmation were hits.
        frames: track.hits + track.missed - 1,
        embeddedMs: -Infinity,
        embeddedBox: null,
        embeddings: 0,
        isObserved: false,
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
    notes.embeddings++;
    this.novelty.learn(recognition.class, embedding.latent);
  }

  #unknownOf(
    track: Track,
    notes: TrackNotes,
    frame: Frame,
    covering: readonly Box[],
  ): Unknown | null {
    const { account } = notes.evidence;
    const region = this.#withoutDoubtedName(track);
    const options = isSteady(account, this.#options) ? this.#steadyOptions : this.#options;
    if (!isCandidateTrack(region, frame, notes.frames, covering, options)) return null;
    if (track.embedding === null) return null;
    if (isQuietlyKnown(account, this.#options) || isPartOfKnown(account, this.#options))
      return null;
    const clusterId = this.#clusterOf(track, track.embedding, notes, frame.timestampMs);
    if (this.clusters.stateOf(clusterId)?.kind === 'dismissed') return null;
    const novelty = notes.novelty ?? noveltyByScore(track);
    if (novelty < this.#options.noveltyMin) return null;
    const uncertainty = uncertaintyOf(account);
    const sightings = this.clusters.factsOf(clusterId)?.sightings ?? 1;
    const worth = worthOf({ novelty, uncertainty, sightings });
    return { track, box: track.box, novelty, clusterId, worth };
  }

  /** The cluster of an unknown track, updated with its newest embedding. */
  #clusterOf(
    { id, box }: Track,
    embedding: NonNullable<Track['embedding']>,
    notes: TrackNotes,
    nowMs: number,
  ): string {
    if (notes.clusterId !== null && embedding.timestampMs <= notes.embeddedMs) {
      return this.clusters.resolve(notes.clusterId);
    }
    notes.embeddings++;
    notes.embeddedMs = embedding.timestampMs;
    notes.embeddedBox = box;
    notes.novelty = this.novelty.score(embedding.latent);
    const before = notes.clusterId;
    notes.clusterId =
      before === null
        ? this.clusters.join(embedding.latent, this.#sightings.hintFor(id, box, nowMs))
        : this.clusters.rejoin(before, embedding.latent);
    // What was said of the object before does not hold for the one that the track shows now.
    const isAnother = before !== null && this.clusters.resolve(before) !== notes.clusterId;
    if (isAnother) notes.evidence = new TrackEvidence();
    this.clusters.noteUncertainty(notes.clusterId, uncertaintyOf(notes.evidence.account));
    return notes.clusterId;
  }
}
