import { type Box, grown, intersectionOverUnion } from '../foundation/geometry/box.ts';
import type { Observation } from '../detect/detected-frame.ts';
import type { Head } from '../detect/heads/head.ts';
import { assign } from './assign.ts';
import { areFragments } from './fragments.ts';
import { LiveTrack } from './live-track.ts';
import { namingDefaults, type NamingOptions } from './name-track.ts';
import type { Track } from './track.ts';

export interface TrackerOptions extends NamingOptions {
  /** Objectness from which on an observation starts tracks and is matched first. 0 to 1. Default: 0.3. */
  readonly highObjectness: number;
  /** Objectness from which on an observation may prolong a track. 0 to `highObjectness`. Default: 0.12. */
  readonly lowObjectness: number;
  /** Overlap (IoU) that a high observation needs with the predicted box. 0 to 1. Default: 0.25. */
  readonly highOverlap: number;
  /** The same for a low observation, which is trusted less. 0 to 1. Default: 0.4. */
  readonly lowOverlap: number;
  /** Share of its sides that a box grows by when what is left over is matched. 0 to 2. Default: 0.5. */
  readonly buffer: number;
  /** Overlap of the grown boxes that such a match needs. 0 to 1. Default: 0.2. */
  readonly bufferedOverlap: number;
  /** Frames a track must be seen in before it is confirmed. ≥ 1. Default: 3. */
  readonly minHits: number;
  /** Frames in a row that an unconfirmed track may miss. ≥ 0. Default: 1. */
  readonly tentativeMisses: number;
  /** A confirmed track ends once it was unseen for longer than this, in ms … ≥ 0. Default: 1000. */
  readonly lostMs: number;
  /** … and for more than this many frames, so that slow cameras get a second chance. ≥ 0. Default: 3. */
  readonly lostFrames: number;
  /** Tracks that may be alive at once; observations that would start more are refused. ≥ 1. Default: 128. */
  readonly tracksMax: number;
  /** Weight of the newest frame in smoothed scores. Above 0, at most 1. Default: 0.2. */
  readonly smoothing: number;
}

export const trackerDefaults: TrackerOptions = {
  ...namingDefaults,
  highObjectness: 0.3,
  lowObjectness: 0.12,
  highOverlap: 0.25,
  lowOverlap: 0.4,
  buffer: 0.5,
  bufferedOverlap: 0.2,
  minHits: 3,
  tentativeMisses: 1,
  lostMs: 1000,
  lostFrames: 3,
  tracksMax: 128,
  smoothing: 0.2,
};

/** Nothing stays alive over a gap of more than this many times `lostMs`, whatever `lostFrames` says. */
const lostMsFactorMax = 5;

export interface TrackerUpdate {
  /** All tracks that are alive, oldest first. */
  readonly tracks: readonly Track[];
  /** Ids that ended with this frame. */
  readonly ended: readonly number[];
}

/**
 * Gives every object of one camera one identity: ByteTrack (Zhang et al. 2022) over
 * SORT's motion model (Bewley et al. 2016), and a last round over grown boxes
 * (C-BIoU, Yang et al. 2023) for objects that outrun a slow camera.
 *
 * Class-agnostic on purpose: an object nobody has named flickers between the base
 * model's classes. Ids count from 1 and are never reused. A timestamp that goes back
 * (a file starting over) or leaps ahead (a camera that was away) ends every track.
 */
export class Tracker {
  /** Observations that would have started a track above `tracksMax`. */
  refused = 0;
  readonly #options: TrackerOptions;
  #tracks: LiveTrack[] = [];
  #nextId = 1;
  #nowMs = -Infinity;
  #head: Head | null = null;

  constructor(options: Partial<TrackerOptions> = {}) {
    this.#options = { ...trackerDefaults, ...options };
  }

  /**
   * Takes one frame's observations in. `head` is the one that was active when they were
   * made; when it is another than before, every track is judged afresh by it at once.
   */
  update(observations: readonly Observation[], timestampMs: number, head: Head): TrackerUpdate {
    const ended: number[] = [];
    const gapMs = timestampMs - this.#nowMs;
    if (gapMs < 0 || gapMs > lostMsFactorMax * this.#options.lostMs) {
      for (const track of this.#tracks) ended.push(track.id);
      this.#tracks = [];
    }
    this.#nowMs = timestampMs;
    this.#takeHead(head);
    for (const track of this.#tracks) track.predict(gapMs / 1000);

    const fresh = this.#associate(observations, head);
    this.#end(ended);
    for (const observation of fresh) this.#start(observation, head);
    return { tracks: this.#snapshots(head), ended };
  }

  /**
   * Gives a track its second look: lookLatentLength values taken of the frame of
   * `timestampMs`. Answers the track as it stands now, or null when it is gone.
   */
  setLook(trackId: number, latent: Float32Array, timestampMs: number): Track | null {
    const track = this.#tracks.find(({ id }) => id === trackId);
    if (track === undefined || this.#head === null) return null;
    track.setLook(latent, timestampMs, this.#head);
    return track.snapshot(this.#head);
  }

  #takeHead(head: Head): void {
    if (this.#head !== null && this.#head.version !== head.version) {
      for (const track of this.#tracks) track.rescore(head);
    }
    this.#head = head;
  }

  /** Matches observations with tracks, and answers those that deserve a track of their own. */
  #associate(observations: readonly Observation[], head: Head): readonly Observation[] {
    const o = this.#options;
    const high = observations.filter(({ objectness }) => objectness >= o.highObjectness);
    const low = observations.filter(
      ({ objectness }) => objectness >= o.lowObjectness && objectness < o.highObjectness,
    );
    const first = this.#match(this.#tracks, high, 0, o.highOverlap, head);
    // A weak peak only prolongs what was there a frame ago; it wakes nothing that was lost.
    const present = first.tracks.filter(({ missed }) => missed === 0);
    const second = this.#match(present, low, 0, o.lowOverlap, head);
    const open = first.tracks.filter((track) => track.missed > 0 || second.tracks.includes(track));
    const third = this.#match(open, first.observations, o.buffer, o.bufferedOverlap, head);
    for (const track of third.tracks) track.unseen();
    return third.observations;
  }

  /** What is missed or not believed yet is neither a fragment nor the object that others are fragments of. */
  #snapshots(head: Head): readonly Track[] {
    const tracks = this.#tracks.map((track) => track.snapshot(head));
    const seen = tracks.filter(({ confirmed, observation }) => confirmed && observation !== null);
    const areSo = areFragments(seen);
    const fragments = new Set(seen.filter((_, i) => areSo[i]).map(({ id }) => id));
    for (const track of this.#tracks) track.fragment = fragments.has(track.id);
    return tracks.map((track) => {
      const fragment = fragments.has(track.id);
      return track.fragment === fragment ? track : { ...track, fragment };
    });
  }

  /** Pairs tracks and observations by overlap, confirms who is due, and answers who is left. */
  #match(
    tracks: readonly LiveTrack[],
    observations: readonly Observation[],
    buffer: number,
    overlapMin: number,
    head: Head,
  ): { tracks: readonly LiveTrack[]; observations: readonly Observation[] } {
    if (tracks.length === 0 || observations.length === 0) return { tracks, observations };
    const columns = observations.map(({ box }) => grown(box, buffer));
    const gains = new Float64Array(tracks.length * observations.length);
    for (const [i, track] of tracks.entries()) {
      const box: Box = grown(track.box, buffer);
      for (let j = 0; j < columns.length; j++) {
        const overlap = intersectionOverUnion(box, columns[j]!);
        if (overlap >= overlapMin) gains[i * columns.length + j] = overlap;
      }
    }
    const pairs = assign(gains, tracks.length, observations.length);
    const taken = new Set<number>();
    for (const [i, track] of tracks.entries()) {
      const column = pairs[i]!;
      if (column < 0) continue;
      taken.add(column);
      track.seen(observations[column]!, this.#nowMs, head);
      if (track.hits >= this.#options.minHits) track.confirmed = true;
    }
    return {
      tracks: tracks.filter((_, i) => pairs[i]! < 0),
      observations: observations.filter((_, j) => !taken.has(j)),
    };
  }

  #end(ended: number[]): void {
    const { lostMs, lostFrames, tentativeMisses } = this.#options;
    this.#tracks = this.#tracks.filter((track) => {
      const unseenMs = this.#nowMs - track.lastSeenMs;
      const over = track.confirmed
        ? unseenMs > lostMs && (track.missed > lostFrames || unseenMs > lostMsFactorMax * lostMs)
        : track.missed > tentativeMisses;
      if (over) ended.push(track.id);
      return !over;
    });
  }

  #start(observation: Observation, head: Head): void {
    if (this.#tracks.length >= this.#options.tracksMax) {
      this.refused++;
      return;
    }
    const track = new LiveTrack(this.#nextId++, observation, this.#nowMs, head, this.#options);
    track.confirmed = this.#options.minHits <= 1;
    this.#tracks.push(track);
  }
}
