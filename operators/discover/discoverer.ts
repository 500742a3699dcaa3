import type { Box } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { Track, TrackedFrame } from '../track/track.ts';
import {
  candidateDefaults,
  coveringBoxes,
  isCandidate,
  type CandidateOptions,
} from './candidate.ts';
import { Clusters } from './clusters.ts';
import { Novelty, noveltyByScore } from './novelty.ts';
import { Sampler, samplerDefaults, type SamplerOptions } from './sampler.ts';
import type { DiscoveredFrame, Unknown } from './unknown.ts';

export interface DiscovererOptions extends CandidateOptions, SamplerOptions {
  /** Novelty below which an unknown isn't worth asking about. 0 to 1. Default: 0. */
  readonly noveltyMin: number;
  /** Base score from which on a track's looks show what is known. 0 to 1. Default: 0.5. */
  readonly knownScoreMin: number;
  /** Looks of one named track that are learned from. ≥ 0. Default: 3. */
  readonly knownLooksPerTrack: number;
}

export const discovererDefaults: DiscovererOptions = {
  ...candidateDefaults,
  ...samplerDefaults,
  noveltyMin: 0,
  knownScoreMin: 0.5,
  knownLooksPerTrack: 3,
};

/** What cameras may share, so that an object has one cluster wherever it is seen. */
export interface SharedKnowledge {
  readonly clusters: Clusters;
  readonly novelty: Novelty;
}

/** What is remembered of a confirmed track. */
interface Noted {
  frames: number;
  /** When the newest look that was used was taken. */
  lookMs: number;
  looks: number;
  knownLooks: number;
  clusterId: string | null;
  /** By distance; null while there is none. */
  novelty: number | null;
}

/**
 * Tells which tracks of one camera are unknown objects, how novel they are, which look alike,
 * and which deserve a sample now. No chance is involved: the same frames give the same answer.
 *
 * An unknown has a second look; a track without one can't be told from others and waits.
 */
export class Discoverer {
  readonly sampler: Sampler;
  readonly clusters: Clusters;
  readonly novelty: Novelty;
  readonly #options: DiscovererOptions;
  readonly #noted = new Map<number, Noted>();

  constructor(options: Partial<DiscovererOptions> = {}, shared?: SharedKnowledge) {
    this.#options = { ...discovererDefaults, ...options };
    this.sampler = new Sampler(this.#options);
    this.clusters = shared?.clusters ?? new Clusters();
    this.novelty = shared?.novelty ?? new Novelty();
  }

  update(tracked: TrackedFrame): Pick<DiscoveredFrame, 'unknowns' | 'toSample'> {
    for (const id of tracked.ended) {
      this.#noted.delete(id);
      this.sampler.forget(id);
    }
    const confirmed = tracked.tracks.filter((track) => track.confirmed);
    const covering = coveringBoxes(confirmed, tracked.frame, this.#options);
    const unknowns: Unknown[] = [];
    const toSample: Unknown[] = [];
    for (const track of tracked.tracks) {
      if (!track.confirmed) continue;
      const noted = this.#note(track);
      const unknown = this.#unknown(track, noted, tracked.frame, covering);
      if (unknown === null) continue;
      unknowns.push(unknown);
      if (this.sampler.take(track, unknown.clusterId, tracked.frame.timestampMs)) {
        toSample.push(unknown);
      }
    }
    return { unknowns, toSample };
  }

  /** Nothing that looks like this cluster is worth a name. False when the cluster is gone. */
  dismiss(clusterId: string): boolean {
    return this.clusters.setState(clusterId, { kind: 'dismissed' });
  }

  /** The cluster has a name; until a head has learned it, its tracks stay unknown. False when it is gone. */
  named(clusterId: string, className: string): boolean {
    return this.clusters.setState(clusterId, { kind: 'class', class: className });
  }

  /** Takes a dismissal or a name back. False when the cluster is gone. */
  restore(clusterId: string): boolean {
    return this.clusters.setState(clusterId, { kind: 'unlabelled' });
  }

  /** Counts the frame and learns from a look that is new. */
  #note(track: Track): Noted {
    let noted = this.#noted.get(track.id);
    if (noted === undefined) {
      // The frames before it was confirmed were, but for a miss or so, all hits.
      noted = {
        frames: track.hits + track.missed - 1,
        lookMs: -Infinity,
        looks: 0,
        knownLooks: 0,
        clusterId: null,
        novelty: null,
      };
      this.#noted.set(track.id, noted);
    }
    noted.frames++;
    this.sampler.follow(track);
    const { look, name } = track;
    if (look === null || name === null || look.timestampMs <= noted.lookMs) return noted;
    const sure = name.by === 'learned' || name.score >= this.#options.knownScoreMin;
    if (!sure || noted.knownLooks >= this.#options.knownLooksPerTrack) return noted;
    noted.lookMs = look.timestampMs;
    noted.knownLooks++;
    if (noted.looks++ === 0) this.clusters.observe(look.latent);
    this.novelty.learn(name.class, look.latent);
    return noted;
  }

  #unknown(track: Track, noted: Noted, frame: Frame, covering: readonly Box[]): Unknown | null {
    if (!isCandidate(track, frame, noted.frames, covering, this.#options)) return null;
    if (track.look === null) return null;
    const clusterId = this.#place(track.look, noted);
    if (this.clusters.stateOf(clusterId)?.kind === 'dismissed') return null;
    const novelty = noted.novelty ?? noveltyByScore(track);
    if (novelty < this.#options.noveltyMin) return null;
    return { track, box: track.box, novelty, clusterId };
  }

  /** The cluster of an unknown track, which its newest look has a say in. */
  #place(look: NonNullable<Track['look']>, noted: Noted): string {
    if (noted.clusterId !== null && look.timestampMs <= noted.lookMs) {
      return this.clusters.resolve(noted.clusterId);
    }
    if (noted.looks++ === 0) this.clusters.observe(look.latent);
    noted.lookMs = look.timestampMs;
    noted.novelty = this.novelty.score(look.latent);
    noted.clusterId =
      noted.clusterId === null
        ? this.clusters.join(look.latent)
        : this.clusters.stay(noted.clusterId, look.latent);
    return noted.clusterId;
  }
}
