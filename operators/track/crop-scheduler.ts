import { type Box, areaOf } from '../foundation/geometry/box.ts';
import type { Track, TrackedFrame } from './track.ts';

export interface CropSchedulerOptions {
  /** Minimum shorter side of a box, in source pixels. ≥ 1. Default: 12. */
  readonly sidePixelsMin: number;
  /** Interval between two crops of one track, in ms. ≥ 0. Default: 1000. */
  readonly cropEveryMs: number;
  /** The interval doubles per crop of a stationary track, up to this, in ms. Default: 16000. */
  readonly cropEveryMsMax: number;
  /** Growth or shrinkage of a side after which a track is cropped early. > 1. Default: 1.5. */
  readonly sizeChange: number;
  /** Base score from which a track counts as known (a negative example). 0 to 1. Default: 0.5. */
  readonly knownScoreMin: number;
  /** Crops of known tracks per minute, one per track at most. ≥ 0. Default: 12. */
  readonly knownCropsPerMinute: number;
  /** Maximum number of crops in one frame. ≥ 0. Default: 2. */
  readonly cropsPerFrame: number;
  /** Average number of crops per frame: crops take engine time from frames. > 0. Default: 0.1. */
  readonly cropsPerFrameMean: number;
  /** The same, in addition, for promising tracks, see {@link Track}. ≥ 0. Default: 0.1. */
  readonly promisingCropsPerFrameMean: number;
  /** Crops that either of the two budgets can save up. ≥ 1. Default: 8. */
  readonly cropsSavedMax: number;
  /** Maximum number of pending requests. ≥ 1. Default: 4. */
  readonly pendingMax: number;
}

export const cropSchedulerDefaults: CropSchedulerOptions = {
  sidePixelsMin: 12,
  cropEveryMs: 1000,
  cropEveryMsMax: 16_000,
  sizeChange: 1.5,
  knownScoreMin: 0.5,
  knownCropsPerMinute: 12,
  cropsPerFrame: 2,
  cropsPerFrameMean: 0.1,
  promisingCropsPerFrameMean: 0.1,
  cropsSavedMax: 8,
  pendingMax: 4,
};

/** The latest crop of a track. */
interface LastCrop {
  readonly requestedMs: number;
  readonly area: number;
  readonly travel: number;
  /** ms until the next crop, unless the track moves or changes its size. */
  readonly waitMs: number;
}

/** Reasons to crop a track, most urgent first. */
const reasons = ['first', 'known', 'changed', 'due', 'fragment'] as const;
type Reason = (typeof reasons)[number];

interface DueTrack {
  readonly track: Track;
  readonly reason: Reason;
  readonly sinceMs: number;
}

/**
 * Selects the tracks of one camera whose crops are embedded, bounded per frame, on average, and in
 * flight.
 *
 * Promising tracks come first and have a budget of their own, since they are recognised only by a
 * crop and unrecognised objects would use up a shared one. Then come unrecognised tracks without a
 * crop. A known track is cropped once, as an example of a known class: rarely, but ahead of the
 * repeated crops of unknown tracks, which would take all the time. Stationary tracks are cropped at
 * growing intervals, since their appearance does not change.
 */
export class CropScheduler {
  /** Crops requested so far. */
  requested = 0;
  /** Crops that were due but over budget, counted per frame and track. */
  skipped = 0;
  /** Requests that were rejected. */
  failed = 0;
  /** Requests in flight. */
  pending = 0;
  readonly #options: CropSchedulerOptions;
  readonly #lastCrops = new Map<number, LastCrop>();
  #saved: number;
  #knownSaved: number;
  #promisingSaved: number;
  #knownRefillMs: number | null = null;

  constructor(options: Partial<CropSchedulerOptions> = {}) {
    this.#options = { ...cropSchedulerDefaults, ...options };
    this.#saved = this.#options.cropsSavedMax;
    this.#promisingSaved = this.#options.cropsSavedMax;
    this.#knownSaved = Math.min(1, this.#options.knownCropsPerMinute);
  }

  /** Selects this frame's tracks; the caller must report the result of each to `answered`. */
  plan(tracked: TrackedFrame): readonly Track[] {
    const nowMs = tracked.frame.timestampMs;
    for (const id of tracked.ended) this.#lastCrops.delete(id);
    this.#refill(nowMs);
    const chosen: Track[] = [];
    for (const { track, reason } of this.#dueTracks(tracked.tracks, nowMs)) {
      if (!this.#spend(track, reason, chosen.length)) {
        this.skipped++;
        continue;
      }
      this.#note(track, reason, nowMs);
      chosen.push(track);
    }
    return chosen;
  }

  /** Reports that a request has settled; `ok` is false for a rejected one. */
  settle(ok: boolean): void {
    this.pending--;
    if (!ok) this.failed++;
  }

  /** Tracks with a reason to be cropped, most urgent first, longest wait first. */
  #dueTracks(tracks: readonly Track[], nowMs: number): readonly DueTrack[] {
    const due: DueTrack[] = [];
    for (const track of tracks) {
      const reason = this.#reasonFor(track, nowMs);
      const sinceMs = this.#lastCrops.get(track.id)?.requestedMs ?? track.firstSeenMs;
      if (reason !== null) due.push({ track, reason, sinceMs });
    }
    return due.sort(
      (a, b) =>
        Number(b.track.promising) - Number(a.track.promising) ||
        reasons.indexOf(a.reason) - reasons.indexOf(b.reason) ||
        a.sinceMs - b.sinceMs,
    );
  }

  #reasonFor(track: Track, nowMs: number): Reason | null {
    const o = this.#options;
    if (!track.confirmed || track.observation === null) return null;
    if (shorterSide(track.box) < o.sidePixelsMin) return null;
    const last = this.#lastCrops.get(track.id);
    if (track.recognition?.by === 'base' && track.recognition.score >= o.knownScoreMin) {
      return last === undefined && o.knownCropsPerMinute > 0 ? 'known' : null;
    }
    if (track.fragment && !track.promising) return last === undefined ? 'fragment' : null;
    if (last === undefined) return 'first';
    const growth = areaOf(track.box) / last.area;
    const changed = growth >= o.sizeChange ** 2 || growth <= o.sizeChange ** -2;
    const agoMs = nowMs - last.requestedMs;
    // A box whose size keeps changing must not be cropped in every frame.
    if (changed && agoMs >= o.cropEveryMs / 4) return 'changed';
    const waitMs = track.travel > last.travel ? o.cropEveryMs : last.waitMs;
    return agoMs >= waitMs ? 'due' : null;
  }

  /** Takes one crop from the budgets; false where one of them is used up. */
  #spend(track: Track, reason: Reason, chosenCount: number): boolean {
    const o = this.#options;
    if (chosenCount >= o.cropsPerFrame || this.pending >= o.pendingMax) return false;
    const fromPromising = track.promising && this.#promisingSaved >= 1;
    if (this.#saved < 1 && !fromPromising) return false;
    if (reason === 'known' && this.#knownSaved < 1) return false;
    if (fromPromising) this.#promisingSaved--;
    else this.#saved--;
    if (reason === 'known') this.#knownSaved--;
    return true;
  }

  #note(track: Track, reason: Reason, nowMs: number): void {
    const o = this.#options;
    const last = this.#lastCrops.get(track.id);
    const stationary = reason === 'due' && last !== undefined && track.travel === last.travel;
    this.requested++;
    this.pending++;
    this.#lastCrops.set(track.id, {
      requestedMs: nowMs,
      area: areaOf(track.box),
      travel: track.travel,
      waitMs: stationary ? Math.min(o.cropEveryMsMax, last.waitMs * 2) : o.cropEveryMs,
    });
  }

  #refill(nowMs: number): void {
    const o = this.#options;
    this.#saved = Math.min(o.cropsSavedMax, this.#saved + o.cropsPerFrameMean);
    this.#promisingSaved = Math.min(
      o.cropsSavedMax,
      this.#promisingSaved + o.promisingCropsPerFrameMean,
    );
    const passedMs = Math.max(0, nowMs - (this.#knownRefillMs ?? nowMs));
    this.#knownRefillMs = nowMs;
    const refill = (passedMs / 60_000) * o.knownCropsPerMinute;
    // At most one minute's worth is saved up.
    this.#knownSaved = Math.min(Math.max(1, o.knownCropsPerMinute), this.#knownSaved + refill);
  }
}

function shorterSide(box: Box): number {
  return Math.min(box[2] - box[0], box[3] - box[1]);
}
