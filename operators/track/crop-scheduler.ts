import { type Box, areaOf, touchesEdge } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import { crossingTracks } from './crossing-tracks.ts';
import type { Track, TrackedFrame } from './track.ts';

export interface CropSchedulerOptions {
  /** Minimum shorter side of a box, in source pixels. ≥ 1. Default: 12. */
  readonly sidePixelsMin: number;
  /**
   * Interval between two crops of one track, in ms, unless it may have changed. ≥ 0. Default: 1000.
   */
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
  /** Average number of crops per frame: crops take engine time from frames. > 0. Default: 0.3. */
  readonly cropsPerFrameMean: number;
  /** The same, in addition, for promising tracks, see {@link Track}. ≥ 0. Default: 0.2. */
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
  cropsPerFrameMean: 0.3,
  promisingCropsPerFrameMean: 0.2,
  cropsSavedMax: 8,
  pendingMax: 4,
};

/**
 * Distance from the edge of a box that it cuts, as a share of the picture's longer side; and of one
 * that it no longer cuts, which is more, so that a box that jitters about the edge is not cropped
 * again and again.
 */
const edgeShares = { cut: 0.01, whole: 0.02 } as const;
/** Growth in area after which a track that the edge cut is cropped again. */
const cutGrowth = 1.4;
/** Least time between crops, as a share of `cropEveryMs`, of a track that … */
const soonest = { changes: 1 / 4, comesIn: 1 / 8, parted: 1 / 3 } as const;

/** The latest crop of a track. */
interface LastCrop {
  readonly requestedMs: number;
  readonly area: number;
  readonly travel: number;
  /** ms until the next crop, unless the track moves or changes its size. */
  readonly waitMs: number;
  /** Whether the edge of the picture cut the object. */
  readonly cut: boolean;
  /** Whether the track has crossed another one, or was missed, at that time or since. */
  crossed: boolean;
}

/** What a plan needs of a frame. */
type PlannedFrame = Pick<Frame, 'timestampMs' | 'sourceWidth' | 'sourceHeight'>;

/** Why a track is cropped. */
type Reason = 'first' | 'whole' | 'known' | 'changed' | 'due' | 'fragment';

/**
 * The lowest comes first. Of repeated crops, the longest wait counts, so that tracks that change
 * all the time leave some to the others.
 */
const ranks: Readonly<Record<Reason, number>> = {
  first: 0,
  whole: 1,
  known: 2,
  changed: 3,
  due: 3,
  fragment: 4,
};

interface DueTrack {
  readonly track: Track;
  readonly reason: Reason;
  readonly sinceMs: number;
}

/**
 * Selects the tracks of one camera whose crops are embedded, bounded per frame, on average, and in
 * flight.
 *
 * Unrecognised tracks without a crop come first, promising ones before others, since a crop
 * decides. Then come those that the edge of the picture cut in their crop and no longer cuts: half
 * an object gets another class's name, or none. A known track is cropped once as a whole, as an
 * example of a known class: rarely, but ahead of repeated crops, which would take all the time.
 * Among these the longest wait counts. Stationary tracks are cropped at growing intervals, since
 * their appearance does not change. A moving track that parted from another one, or was missed, is
 * cropped early: it may show the other object now. Fragments come after everything else. Promising
 * tracks have a budget of their own, since unrecognised objects would use up a shared one.
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
    const crossing = crossingTracks(tracked.tracks);
    for (const id of crossing) {
      const last = this.#lastCrops.get(id);
      if (last !== undefined) last.crossed = true;
    }
    const chosen: Track[] = [];
    for (const { track, reason } of this.#dueTracks(tracked, crossing)) {
      if (!this.#spend(track, reason, chosen.length)) {
        this.skipped++;
        continue;
      }
      this.#note(track, reason, tracked.frame, crossing);
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
  #dueTracks({ tracks, frame }: TrackedFrame, crossing: ReadonlySet<number>): readonly DueTrack[] {
    const due: DueTrack[] = [];
    for (const track of tracks) {
      const reason = this.#reasonFor(track, frame, crossing);
      const sinceMs = this.#lastCrops.get(track.id)?.requestedMs ?? track.firstSeenMs;
      if (reason !== null) due.push({ track, reason, sinceMs });
    }
    return due.sort(
      (a, b) =>
        Number(a.track.fragment) - Number(b.track.fragment) ||
        ranks[a.reason] - ranks[b.reason] ||
        Number(b.track.promising) - Number(a.track.promising) ||
        a.sinceMs - b.sinceMs,
    );
  }

  #reasonFor(track: Track, frame: PlannedFrame, crossing: ReadonlySet<number>): Reason | null {
    const o = this.#options;
    if (!track.confirmed || track.observation === null) return null;
    if (shorterSide(track.box) < o.sidePixelsMin) return null;
    const last = this.#lastCrops.get(track.id);
    const isWhole = last?.cut === true && !isCut(track.box, frame, edgeShares.whole);
    if (track.recognition?.by === 'base' && track.recognition.score >= o.knownScoreMin) {
      return (last === undefined || isWhole) && o.knownCropsPerMinute > 0 ? 'known' : null;
    }
    if (track.fragment && !track.promising) return last === undefined ? 'fragment' : null;
    if (last === undefined) return 'first';
    if (isWhole) return 'whole';
    const agoMs = frame.timestampMs - last.requestedMs;
    const parted = last.crossed && !crossing.has(track.id);
    if (this.#mayHaveChanged(track, last, parted, agoMs / o.cropEveryMs)) return 'changed';
    const waitMs = track.travel > last.travel ? o.cropEveryMs : last.waitMs;
    return agoMs >= waitMs ? 'due' : null;
  }

  /** Whether a track may look different from its last crop; `ago` in multiples of the interval. */
  #mayHaveChanged({ box, travel }: Track, last: LastCrop, parted: boolean, ago: number): boolean {
    const { sizeChange } = this.#options;
    const growth = areaOf(box) / last.area;
    const changes = growth >= sizeChange ** 2 || growth <= sizeChange ** -2;
    // A box whose size keeps changing must not be cropped in every frame.
    if (changes && ago >= soonest.changes) return true;
    if (last.cut && growth >= cutGrowth && ago >= soonest.comesIn) return true;
    return parted && travel > last.travel && ago >= soonest.parted;
  }

  /** Takes one crop from the budgets; false where one of them is used up. */
  #spend(track: Track, reason: Reason, chosenCount: number): boolean {
    const o = this.#options;
    if (chosenCount >= o.cropsPerFrame || this.pending >= o.pendingMax) return false;
    const fromPromising = track.promising && this.#promisingSaved >= 1;
    // A promising track whose crop did not decide leaves the shared budget to the others.
    const mayShare = !track.promising || reason === 'first' || reason === 'whole';
    if (!fromPromising && !(mayShare && this.#saved >= 1)) return false;
    if (reason === 'known' && this.#knownSaved < 1) return false;
    if (fromPromising) this.#promisingSaved--;
    else this.#saved--;
    if (reason === 'known') this.#knownSaved--;
    return true;
  }

  #note(track: Track, reason: Reason, frame: PlannedFrame, crossing: ReadonlySet<number>): void {
    const o = this.#options;
    const last = this.#lastCrops.get(track.id);
    const repeated = reason === 'due' || reason === 'whole';
    const stationary = repeated && last !== undefined && track.travel === last.travel;
    this.requested++;
    this.pending++;
    this.#lastCrops.set(track.id, {
      requestedMs: frame.timestampMs,
      area: areaOf(track.box),
      travel: track.travel,
      waitMs: stationary ? Math.min(o.cropEveryMsMax, last.waitMs * 2) : o.cropEveryMs,
      cut: isCut(track.box, frame, edgeShares.cut),
      crossed: crossing.has(track.id),
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

function isCut(box: Box, { sourceWidth, sourceHeight }: PlannedFrame, share: number): boolean {
  const margin = share * Math.max(sourceWidth, sourceHeight);
  return touchesEdge(box, sourceWidth, sourceHeight, margin);
}

function shorterSide(box: Box): number {
  return Math.min(box[2] - box[0], box[3] - box[1]);
}
