import { type Box, grown, intersectionOverUnion, isInside } from '../foundation/geometry/box.ts';
import type { Look, Observation } from '../detect/detected-frame.ts';
import type { Head } from '../detect/heads/head.ts';
import { assign } from './assign.ts';
import { areFragments } from './fragments.ts';
import { LiveTrack } from './live-track.ts';
import type { Track } from './track.ts';
import { trackerDefaults, type TrackerOptions } from './tracker-options.ts';

/** IoU from which on an observation of a tile is one that was tracked in the same frame already. */
const sameObject = 0.5;

/**
 * Every track ends after a gap of this many times `lostMs` or, where that is longer, the usual gap
 * between two frames, regardless of `lostFrames`.
 */
const lostFactorMax = 5;

export interface TrackerUpdate {
  /** All live tracks, oldest first. */
  readonly tracks: readonly Track[];
  /** Ids of the tracks that ended with this frame. */
  readonly ended: readonly number[];
}

/** Tracks and observations that a matching round left unpaired. */
interface Unmatched {
  readonly tracks: readonly LiveTrack[];
  readonly observations: readonly Observation[];
}

/**
 * Assigns one identity to every object of one camera: ByteTrack (Zhang et al. 2022) over SORT's
 * motion model (Bewley et al. 2016), plus a last round over grown boxes (C-BIoU, Yang et al. 2023)
 * for objects that outrun a slow camera.
 *
 * Class-agnostic on purpose: the base class of an unrecognised object flickers. Ids count from
 * `firstId` and are never reused. A timestamp that goes back (a file starting over) or leaps ahead
 * (a camera that was away) ends every track. What is a leap depends on the gap before: a camera of
 * one frame every ten seconds is slow, not away.
 */
export class Tracker {
  /** Observations that started no track because of `tracksMax`. */
  refused = 0;
  readonly #options: TrackerOptions;
  #tracks: LiveTrack[] = [];
  #nextId: number;
  #nowMs = -Infinity;
  /** Time between the two frames before the present one, in ms; null before there were two. */
  #usualGapMs: number | null = null;
  #head: Head | null = null;

  constructor(options: Partial<TrackerOptions> = {}) {
    this.#options = { ...trackerDefaults, ...options };
    this.#nextId = this.#options.firstId;
  }

  /** Id of the next track, for a later tracker that continues the ids. */
  get nextId(): number {
    return this.#nextId;
  }

  /**
   * Adds the observations of one frame. `head` is the head that was active for that frame; a
   * changed head rescores every track at once. `looks` are those at the frame before; such as are
   * of another frame are left out.
   */
  update(
    observations: readonly Observation[],
    timestampMs: number,
    head: Head,
    looks: readonly Look[] = [],
  ): TrackerUpdate {
    for (const look of looks) this.#addLook(look, this.#head ?? head);
    const ended: number[] = [];
    const gapMs = timestampMs - this.#nowMs;
    if (gapMs < 0 || gapMs > this.#longestGapMs(gapMs)) {
      for (const track of this.#tracks) ended.push(track.id);
      this.#tracks = [];
    }
    this.#nowMs = timestampMs;
    const movingMs = Math.min(gapMs, this.#movingMsMax(gapMs));
    if (gapMs >= 0 && Number.isFinite(gapMs)) this.#usualGapMs = gapMs;
    this.#useHead(head);
    for (const track of this.#tracks) track.predict(movingMs / 1000);

    const unmatched = this.#associate(observations, head);
    this.#endLost(ended);
    for (const observation of unmatched) this.#start(observation, head);
    return { tracks: this.#snapshots(head), ended };
  }

  /**
   * Sets the crop embedding of a track: cropEmbeddingLength values of a crop of the frame at
   * `timestampMs`. Returns the track's new state, or null for a track that has ended.
   */
  setEmbedding(trackId: number, latent: Float32Array, timestampMs: number): Track | null {
    const track = this.#tracks.find(({ id }) => id === trackId);
    if (track === undefined || this.#head === null) return null;
    track.setEmbedding(latent, timestampMs, this.#head);
    return track.snapshot(this.#head);
  }

  #useHead(head: Head): void {
    if (this.#head !== null && this.#head.version !== head.version) {
      for (const track of this.#tracks) track.rescore(head);
    }
    this.#head = head;
  }

  /** Matches observations with tracks; returns the observations that start a new track. */
  #associate(observations: readonly Observation[], head: Head): readonly Observation[] {
    const o = this.#options;
    const high = observations.filter(({ objectness }) => objectness >= o.highObjectness);
    const low = observations.filter(
      ({ objectness }) => objectness >= o.lowObjectness && objectness < o.highObjectness,
    );
    const first = this.#match({ tracks: this.#tracks, observations: high }, 0, o.highOverlap, head);
    // A weak peak only prolongs a track of the previous frame; it does not revive a missed one.
    const present = first.tracks.filter(({ missed }) => missed === 0);
    const second = this.#match({ tracks: present, observations: low }, 0, o.lowOverlap, head);
    const open = first.tracks.filter((track) => track.missed > 0 || second.tracks.includes(track));
    const third = this.#match(
      { tracks: open, observations: first.observations },
      o.buffer,
      o.bufferedOverlap,
      head,
    );
    for (const track of third.tracks) track.miss(this.#nowMs);
    return third.observations;
  }

  /** Adds what a tile of the present frame showed, before the next one. */
  #addLook({ timestampMs, area, added, firmer }: Look, head: Head): void {
    if (timestampMs !== this.#nowMs) return;
    const o = this.#options;
    for (const { of, by } of firmer) {
      this.#tracks.find((track) => track.isOf(of))?.firm(by, this.#nowMs, head);
    }
    const isOpen = ({ lastSeenMs }: LiveTrack): boolean => lastSeenMs < this.#nowMs;
    const seen = this.#tracks.filter((track) => !isOpen(track));
    // Tiles overlap: another one may have shown it.
    const isNew = ({ box }: Observation): boolean =>
      seen.every((track) => intersectionOverUnion(track.box, box) < sameObject);
    const observations = added.filter((one) => one.objectness >= o.lowObjectness && isNew(one));
    const open = { tracks: this.#tracks.filter(isOpen), observations };
    const near = this.#match(open, 0, o.highOverlap, head);
    const far = this.#match(near, o.buffer, o.bufferedOverlap, head);
    for (const track of far.tracks) {
      if (isInside(track.box, area)) track.missInTile(this.#nowMs);
    }
    for (const observation of far.observations) {
      if (observation.objectness >= o.highObjectness) this.#start(observation, head);
    }
  }

  /** Snapshots all tracks and marks fragments among those that are confirmed and visible. */
  #snapshots(head: Head): readonly Track[] {
    const tracks = this.#tracks.map((track) => track.snapshot(head));
    const visible = tracks.filter(
      ({ confirmed, observation }) => confirmed && observation !== null,
    );
    const flags = areFragments(visible);
    const fragments = new Set(visible.filter((_, i) => flags[i]).map(({ id }) => id));
    for (const track of this.#tracks) track.fragment = fragments.has(track.id);
    return tracks.map((track) => {
      const fragment = fragments.has(track.id);
      return track.fragment === fragment ? track : { ...track, fragment };
    });
  }

  /** Pairs tracks and observations by overlap, updates the paired tracks, returns the rest. */
  #match(
    { tracks, observations }: Unmatched,
    buffer: number,
    overlapMin: number,
    head: Head,
  ): Unmatched {
    if (tracks.length === 0 || observations.length === 0) return { tracks, observations };
    const gains = overlapsOf(tracks, observations, buffer, overlapMin);
    const pairs = assign(gains, tracks.length, observations.length);
    const taken = new Set<number>();
    for (const [i, track] of tracks.entries()) {
      const column = pairs[i]!;
      if (column < 0) continue;
      taken.add(column);
      track.hit(observations[column]!, this.#nowMs, head);
      if (track.hits >= this.#options.minHits) track.confirmed = true;
    }
    return {
      tracks: tracks.filter((_, i) => pairs[i]! < 0),
      observations: observations.filter((_, j) => !taken.has(j)),
    };
  }

  /** The gap that ends a track. The first gap of a camera is taken for its usual one. */
  #longestGapMs(gapMs: number): number {
    const { lostMs, stillMs } = this.#options;
    return lostFactorMax * Math.max(lostMs, stillMs, this.#usualGapMs ?? gapMs);
  }

  /** The time before a frame in which objects may have moved: in frames left out nothing does. */
  #movingMsMax(gapMs: number): number {
    const { lostMs, stillMs } = this.#options;
    return stillMs === 0 ? Infinity : Math.max(lostMs, this.#usualGapMs ?? gapMs);
  }

  #endLost(ended: number[]): void {
    const { lostMs, lostFrames, tentativeMisses } = this.#options;
    const longestGapMs = this.#longestGapMs(0);
    this.#tracks = this.#tracks.filter((track) => {
      const missedMs = this.#nowMs - track.lastSeenMs;
      const lost = track.confirmed
        ? missedMs > lostMs && (track.missed > lostFrames || missedMs > longestGapMs)
        : track.missed > tentativeMisses;
      if (lost) ended.push(track.id);
      return !lost;
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

/** IoU of the grown boxes, tracks × observations, row-major; 0 below `overlapMin`. */
function overlapsOf(
  tracks: readonly LiveTrack[],
  observations: readonly Observation[],
  buffer: number,
  overlapMin: number,
): Float64Array {
  const columns = observations.map(({ box }) => grown(box, buffer));
  const overlaps = new Float64Array(tracks.length * columns.length);
  for (const [i, track] of tracks.entries()) {
    const box: Box = grown(track.box, buffer);
    for (let j = 0; j < columns.length; j++) {
      const overlap = intersectionOverUnion(box, columns[j]!);
      if (overlap >= overlapMin) overlaps[i * columns.length + j] = overlap;
    }
  }
  return overlaps;
}
