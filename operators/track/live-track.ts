import { centreOf, type Box } from '../foundation/geometry/box.ts';
import { type BoxOffsets, regressBox } from '../detect/heads/box-regression.ts';
import type { Observation } from '../detect/detected-frame.ts';
import type { Head } from '../detect/heads/head.ts';
import { scoreCrop, scoreObjectness, scorePeak, withObjectness } from '../detect/heads/score.ts';
import { KalmanBox } from './kalman-box.ts';
import {
  recogniseTrack,
  type BaseScore,
  type LearnedScores,
  type RecognitionOptions,
} from './recognise-track.ts';
import { TileEvidence } from './tile-evidence.ts';
import type { Track, Recognition } from './track.ts';

/** Share of the box diagonal that the centre must move before it counts as movement, not jitter. */
const jitterShare = 0.15;
/** Smoothed base scores below this are dropped, which bounds the classes held for a track. */
const baseScoreForgotten = 0.005;

export interface LiveTrackOptions extends RecognitionOptions {
  /** Weight of the newest frame in smoothed scores. */
  readonly smoothing: number;
  /** What a tile showed counts for this long, in ms. */
  readonly carryMs: number;
}

/** The mutable side of a {@link Track}: its motion, its counts and its smoothed scores. */
export class LiveTrack {
  readonly id: number;
  readonly firstSeenMs: number;
  confirmed = false;
  hits = 0;
  missed = 0;
  /** Frames without an observation in which it was carried on: see {@link miss}. */
  carried = 0;
  lastSeenMs: number;
  /** Whether the track was a fragment in the newest frame. */
  fragment = false;
  readonly #options: LiveTrackOptions;
  readonly #motion: KalmanBox;
  readonly #baseScores = new Map<string, number>();
  #newest: Observation;
  #objectness = 0;
  #baseShare = 0;
  /** The head's own objectness, averaged likewise. */
  #learnedObjectness = 0;
  /** Observations averaged into the two since the head changed. */
  #objectnessCount = 0;
  /** Scores of the peaks, averaged over frames until there is a crop. */
  #peakScores: Float64Array;
  /** Observations averaged into them since the head changed. */
  #peakCount = 0;
  #embedding: Track['embedding'] = null;
  #cropScores: Float32Array | null = null;
  #offsets: BoxOffsets | null = null;
  /** The latest recognition under the current head. */
  #recognition: Recognition | null = null;
  #travel = 0;
  #anchor: readonly [x: number, y: number];
  readonly #byTiles: TileEvidence;

  constructor(
    id: number,
    observation: Observation,
    nowMs: number,
    head: Head,
    options: LiveTrackOptions,
  ) {
    this.id = id;
    this.firstSeenMs = nowMs;
    this.lastSeenMs = nowMs;
    this.#options = options;
    this.#byTiles = new TileEvidence(options.carryMs);
    this.#motion = new KalmanBox(observation.box);
    this.#anchor = centreOf(observation.box);
    this.#newest = observation;
    this.#peakScores = new Float64Array(head.classes.length);
    this.hits++;
    if (observation.seenBy === 'tile') this.#byTiles.add(observation, nowMs);
    this.#smoothScores(observation, head);
  }

  /** The estimated box: predicted, or corrected by this frame's observation. */
  get box(): Box {
    return this.#motion.box;
  }

  predict(seconds: number): void {
    if (this.missed > 0 || this.#newest.seenBy === 'tile') this.#motion.freezeSize();
    this.#motion.predict(seconds);
  }

  /** Updates the track with its observation in the current frame. */
  hit(observation: Observation, nowMs: number, head: Head): void {
    this.#motion.correct(observation.box);
    this.#newest = observation;
    this.missed = 0;
    this.lastSeenMs = nowMs;
    this.#measureTravel();
    this.hits++;
    if (observation.seenBy === 'tile') this.#byTiles.add(observation, nowMs);
    // What a tile showed better is not averaged with what the whole view shows of the same object.
    else if (this.#byTiles.holdsScores(observation, this.box, nowMs)) return;
    this.#smoothScores(observation, head);
  }

  /** Whether this is the track's newest observation. */
  isOf(observation: Observation): boolean {
    return this.#newest === observation;
  }

  /** Takes over the scores of a tile that showed the track's newest observation better. */
  firm(better: Observation, nowMs: number, head: Head): void {
    this.#byTiles.add(better, nowMs);
    this.#smoothScores(better, head);
  }

  /**
   * Counts a frame without an observation. It is no miss where a tile showed the object lately:
   * the whole view may be too coarse for it.
   */
  miss(nowMs: number): void {
    if (this.#byTiles.isFresh(nowMs)) this.carried++;
    else this.missed++;
  }

  /** Counts a tile that looked where the track is and did not show it. */
  missInTile(nowMs: number): void {
    if (!this.#byTiles.isFresh(nowMs)) return;
    this.missed++;
    this.#byTiles.miss();
  }

  /**
   * Rescores the track with another head, from its crop embedding and its newest peak. The next
   * observation replaces what the peak gave instead of being averaged with it.
   */
  rescore(head: Head): void {
    this.#learnedObjectness = scoreObjectness(head, this.#newest.latent);
    this.#objectnessCount = 0;
    this.#peakCount = 0;
    this.#peakScores = Float64Array.from(scorePeak(head, this.#newest.latent));
    this.#scoreEmbedding(head);
    // A base class stays valid across heads, a learned one belongs to the previous head.
    if (this.#recognition?.by === 'learned') this.#recognition = null;
  }

  /** Sets the crop embedding, unless the present one is of a later frame. */
  setEmbedding(latent: Float32Array, timestampMs: number, head: Head): void {
    if (this.#embedding !== null && this.#embedding.timestampMs > timestampMs) return;
    this.#embedding = { latent, timestampMs };
    this.#scoreEmbedding(head);
    // A name is kept for less while its crop is the same (hysteresis), not across crops.
    if (this.#recognition?.by === 'learned') this.#recognition = null;
  }

  /** The track's current state. `head` must be the head it was last scored with. */
  snapshot(head: Head): Track {
    const isCertain = this.#newest.seenBy !== 'tile' || this.#byTiles.holdsBox(this.box);
    const visible = this.missed === 0 && isCertain;
    const recognition = this.#recognise(head);
    return {
      id: this.id,
      // The peak's own box is closer: the filter's box lags behind objects that turn.
      box: visible && this.#newest.seenBy !== 'tile' ? this.#newest.box : this.#motion.box,
      confirmed: this.confirmed,
      hits: this.hits,
      missed: visible ? 0 : Math.max(1, this.missed),
      firstSeenMs: this.firstSeenMs,
      lastSeenMs: this.lastSeenMs,
      recognition: recognition,
      fragment: recognition === null && this.fragment,
      promising: visible && recognition === null && this.#isPromising(head),
      objectness: this.#objectness,
      baseShare: this.#baseShare,
      observation: visible ? this.#newest : null,
      embedding: this.#embedding,
      offsets: recognition?.by === 'learned' ? this.#offsets : null,
      travel: this.#travel,
      ...(this.carried > 0 ? { carried: this.carried } : {}),
      ...(this.#newest.seenBy === 'tile' ? { seenBy: 'tile' } : {}),
    };
  }

  #recognise(head: Head): Recognition | null {
    const learned: LearnedScores = {
      classes: head.classes,
      scores: this.#learnedScores(),
      thresholds: head.thresholds,
      cropScores: this.#cropScores,
      usesCrops: head.crop !== null,
    };
    this.#recognition = recogniseTrack(this.#bestBase(), learned, this.#recognition, this.#options);
    return this.#recognition;
  }

  #scoreEmbedding(head: Head): void {
    this.#cropScores = this.#embedding === null ? null : scoreCrop(head, this.#embedding.latent);
    this.#offsets = this.#embedding === null ? null : regressBox(head, this.#embedding.latent);
  }

  /**
   * The newest crop alone names the track: an average with earlier crops would keep the name of an
   * object that the track has left, or of which the edge of the picture showed a part.
   */
  #learnedScores(): ArrayLike<number> {
    if (this.#cropScores === null) return this.#peakScores;
    return withObjectness(this.#cropScores, this.#learnedObjectness);
  }

  #smoothScores(observation: Observation, head: Head): void {
    const least = observation.seenBy === 'tile' ? this.#byTiles.weight : 0;
    this.#smoothBase(observation, Math.max(least, this.#shareAfter(this.hits)));

    this.#objectnessCount++;
    const share = Math.max(least, this.#shareAfter(this.#objectnessCount));
    this.#objectness += share * (observation.objectness - this.#objectness);
    const own = scoreObjectness(head, observation.latent);
    this.#learnedObjectness += share * (own - this.#learnedObjectness);
    if (this.#cropScores === null) this.#smoothPeak(observation, head, least);
  }

  #smoothPeak({ latent }: Observation, head: Head, least: number): void {
    this.#peakCount++;
    const share = Math.max(least, this.#shareAfter(this.#peakCount));
    for (const [i, score] of scorePeak(head, latent).entries()) {
      this.#peakScores[i] = this.#peakScores[i]! + share * (score - this.#peakScores[i]!);
    }
  }

  #smoothBase({ baseClass, baseScore, baseShare }: Observation, share: number): void {
    for (const [name, score] of this.#baseScores) {
      const faded = score * (1 - share);
      if (faded < baseScoreForgotten) this.#baseScores.delete(name);
      else this.#baseScores.set(name, faded);
    }
    const before = this.#baseScores.get(baseClass) ?? 0;
    this.#baseScores.set(baseClass, before + share * baseScore);
    this.#baseShare += share * (baseShare - this.#baseShare);
  }

  /** Weight of the newest of `count` values; a plain mean at first, so no frame dominates. */
  #shareAfter(count: number): number {
    return Math.max(this.#options.smoothing, 1 / count);
  }

  /** Whether the dense layer alone would recognise the newest peak; false without a crop layer. */
  #isPromising(head: Head): boolean {
    if (head.crop === null) return false;
    return scorePeak(head, this.#newest.latent).some((score, i) => score >= head.thresholds[i]!);
  }

  #bestBase(): BaseScore | null {
    let best: BaseScore | null = null;
    for (const [name, score] of this.#baseScores) {
      if (best === null || score > best.score) best = { class: name, score };
    }
    return best;
  }

  #measureTravel(): void {
    const box = this.#motion.box;
    const [x, y] = centreOf(box);
    const distance = Math.hypot(x - this.#anchor[0], y - this.#anchor[1]);
    const diagonal = Math.hypot(box[2] - box[0], box[3] - box[1]);
    if (distance < jitterShare * diagonal) return;
    this.#travel += distance / diagonal;
    this.#anchor = [x, y];
  }
}
