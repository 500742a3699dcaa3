import { centreOf, type Box } from '../foundation/geometry/box.ts';
import { type BoxOffsets, regressBox } from '../detect/heads/box-regression.ts';
import type { Observation } from '../detect/detected-frame.ts';
import type { Head } from '../detect/heads/head.ts';
import { scoreCrop, scoreObject, scorePeak } from '../detect/heads/score.ts';
import { KalmanBox } from './kalman-box.ts';
import { nameTrack, type BaseVote, type NamingOptions } from './name-track.ts';
import type { Track, TrackName } from './track.ts';

/** Share of the box's diagonal that its centre must move by before it counts as movement and not as jitter. */
const jitterShare = 0.15;
/** Smoothed base scores below this are forgotten: it bounds how many classes a flickering track remembers. */
const baseScoreForgotten = 0.005;

export interface LiveTrackOptions extends NamingOptions {
  /** Weight of the newest frame in smoothed scores. */
  readonly smoothing: number;
}

/** The mutable side of a {@link Track}: its motion, its counts and its smoothed scores. */
export class LiveTrack {
  readonly id: number;
  readonly firstSeenMs: number;
  confirmed = false;
  hits = 0;
  missed = 0;
  lastSeenMs: number;
  /** As it was among the tracks of the newest frame. */
  fragment = false;
  readonly #options: LiveTrackOptions;
  readonly #motion: KalmanBox;
  readonly #baseScores = new Map<string, number>();
  #newest: Observation;
  #objectness = 0;
  #baseShare = 0;
  /** Observations that went into `#objectness` since the head changed. */
  #objectnessCount = 0;
  #learned: Float64Array;
  /** Scores that went into `#learned` since the head, or what it looks at, changed. */
  #learnedCount = 0;
  #look: Track['look'] = null;
  #lookScores: Float32Array | null = null;
  #offsets: BoxOffsets | null = null;
  /** What it was called last, under the present head. */
  #name: TrackName | null = null;
  #travel = 0;
  #anchor: readonly [x: number, y: number];

  constructor(id: number, seen: Observation, nowMs: number, head: Head, options: LiveTrackOptions) {
    this.id = id;
    this.firstSeenMs = nowMs;
    this.lastSeenMs = nowMs;
    this.#options = options;
    this.#motion = new KalmanBox(seen.box);
    this.#anchor = centreOf(seen.box);
    this.#newest = seen;
    this.#learned = new Float64Array(head.classes.length);
    this.#takeScores(seen, head);
  }

  /** Where the object is believed to be: predicted, or corrected once it was seen. */
  get box(): Box {
    return this.#motion.box;
  }

  predict(seconds: number): void {
    if (this.missed > 0) this.#motion.freezeSize();
    this.#motion.predict(seconds);
  }

  seen(observation: Observation, nowMs: number, head: Head): void {
    this.#motion.correct(observation.box);
    this.#newest = observation;
    this.missed = 0;
    this.lastSeenMs = nowMs;
    this.#measureTravel();
    this.#takeScores(observation, head);
  }

  unseen(): void {
    this.missed++;
  }

  /**
   * Judges the track afresh by another head, from what is kept of it: its look, or its newest peak.
   * The next observation then replaces this first verdict instead of being averaged with it.
   */
  rescore(head: Head): void {
    this.#lookScores = this.#look === null ? null : scoreCrop(head, this.#look.latent);
    this.#offsets = this.#look === null ? null : regressBox(head, this.#look.latent);
    this.#learned = Float64Array.from(this.#learnedScores(this.#newest, head));
    this.#learnedCount = 0;
    this.#objectnessCount = 0;
    // A base name outlives the head; a learned one was the old head's word.
    if (this.#name?.by === 'learned') this.#name = null;
  }

  /** Takes a second look in; one that is older than what is there is left out. */
  setLook(latent: Float32Array, timestampMs: number, head: Head): void {
    if (this.#look !== null && this.#look.timestampMs > timestampMs) return;
    this.#look = { latent, timestampMs };
    const first = this.#lookScores === null;
    this.#lookScores = scoreCrop(head, latent);
    this.#offsets = regressBox(head, latent);
    if (first && this.#lookScores !== null) {
      // Dense scores are of another kind and must not linger in the average.
      this.#learned = Float64Array.from(this.#learnedScores(this.#newest, head));
      this.#learnedCount = 1;
    }
  }

  /** The track as it stands, under `head`, which must be the one it was last scored with. */
  snapshot(head: Head): Track {
    const visible = this.missed === 0;
    const votes = {
      classes: head.classes,
      scores: this.#learned,
      thresholds: head.thresholds,
      lookScores: this.#lookScores,
      readsLooks: head.crop !== null,
    };
    this.#name = nameTrack(this.#bestBase(), votes, this.#name, this.#options);
    return {
      id: this.id,
      // The peak's own box lies closer than the filter's, which lags behind what turns.
      box: visible ? this.#newest.box : this.#motion.box,
      confirmed: this.confirmed,
      hits: this.hits,
      missed: this.missed,
      firstSeenMs: this.firstSeenMs,
      lastSeenMs: this.lastSeenMs,
      name: this.#name,
      fragment: this.#name === null && this.fragment,
      promising: visible && this.#name === null && this.#isPromising(head),
      objectness: this.#objectness,
      baseShare: this.#baseShare,
      observation: visible ? this.#newest : null,
      look: this.#look,
      offsets: this.#name?.by === 'learned' ? this.#offsets : null,
      travel: this.#travel,
    };
  }

  #takeScores(seen: Observation, head: Head): void {
    this.hits++;
    // While there are few values they are averaged; a young track must not lean on its first frame.
    const share = Math.max(this.#options.smoothing, 1 / this.hits);
    for (const [name, score] of this.#baseScores) {
      const faded = score * (1 - share);
      if (faded < baseScoreForgotten) this.#baseScores.delete(name);
      else this.#baseScores.set(name, faded);
    }
    const before = this.#baseScores.get(seen.baseClass) ?? 0;
    this.#baseScores.set(seen.baseClass, before + share * seen.baseScore);
    this.#baseShare += share * (seen.baseShare - this.#baseShare);

    this.#objectnessCount++;
    const objectnessShare = Math.max(this.#options.smoothing, 1 / this.#objectnessCount);
    this.#objectness += objectnessShare * (seen.objectness - this.#objectness);

    this.#learnedCount++;
    const learnedShare = Math.max(this.#options.smoothing, 1 / this.#learnedCount);
    const scores = this.#learnedScores(seen, head);
    for (let i = 0; i < scores.length; i++) {
      this.#learned[i] = this.#learned[i]! + learnedShare * (scores[i]! - this.#learned[i]!);
    }
  }

  /** This frame's score of every learned class. */
  #learnedScores(seen: Observation, head: Head): Float32Array {
    if (head.classes.length === 0) return new Float32Array();
    return scoreObject(head, seen.latent, this.#lookScores);
  }

  /** Whether the dense layer takes its newest peak for a class, of a head that looks have to confirm. */
  #isPromising(head: Head): boolean {
    if (head.crop === null) return false;
    return scorePeak(head, this.#newest.latent).some((score, i) => score >= head.thresholds[i]!);
  }

  #bestBase(): BaseVote | null {
    let best: BaseVote | null = null;
    for (const [name, score] of this.#baseScores) {
      if (best === null || score > best.score) best = { class: name, score };
    }
    return best;
  }

  #measureTravel(): void {
    const box = this.#motion.box;
    const [x, y] = centreOf(box);
    const way = Math.hypot(x - this.#anchor[0], y - this.#anchor[1]);
    const diagonal = Math.hypot(box[2] - box[0], box[3] - box[1]);
    if (way < jitterShare * diagonal) return;
    this.#travel += way / diagonal;
    this.#anchor = [x, y];
  }
}
