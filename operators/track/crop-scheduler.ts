import { type Box, areaOf } from '../foundation/geometry/box.ts';
import type { Track, TrackedFrame } from './track.ts';

export interface CropSchedulerOptions {
  /** Shorter side a box must have, in source pixels: less shows nothing. ≥ 1. Default: 12. */
  readonly sidePixelsMin: number;
  /** A look is taken again after this long, in ms. ≥ 0. Default: 1000. */
  readonly lookEveryMs: number;
  /** The wait doubles with every look that a track at rest was given, up to this, in ms. Default: 16000. */
  readonly lookEveryMsMax: number;
  /** A box that grew or shrank by this factor is looked at again at once. > 1. Default: 1.5. */
  readonly sizeChange: number;
  /** Base score from which on a track is known for sure and only sampled as a negative. 0 to 1. Default: 0.5. */
  readonly knownScoreMin: number;
  /** Looks at tracks that are known for sure: one each, and at most this many a minute. ≥ 0. Default: 12. */
  readonly knownLooksPerMinute: number;
  /** Looks that one frame may ask for. ≥ 0. Default: 2. */
  readonly looksPerFrame: number;
  /** Looks a frame in the long run: an engine's second looks cost it frames. > 0. Default: 0.1. */
  readonly looksPerFrameMean: number;
  /** The same, on top, for tracks whose peak promises a learned class: only a look names them. ≥ 0. Default: 0.1. */
  readonly promisingLooksPerFrameMean: number;
  /** Looks of each of the two kinds that may be saved up in quiet frames. ≥ 1. Default: 8. */
  readonly looksSavedMax: number;
  /** Looks that may be asked for and not answered yet. ≥ 1. Default: 4. */
  readonly outstandingMax: number;
}

export const cropSchedulerDefaults: CropSchedulerOptions = {
  sidePixelsMin: 12,
  lookEveryMs: 1000,
  lookEveryMsMax: 16_000,
  sizeChange: 1.5,
  knownScoreMin: 0.5,
  knownLooksPerMinute: 12,
  looksPerFrame: 2,
  looksPerFrameMean: 0.1,
  promisingLooksPerFrameMean: 0.1,
  looksSavedMax: 8,
  outstandingMax: 4,
};

/** What is remembered of a track that was looked at. */
interface LookedAt {
  readonly askedMs: number;
  readonly area: number;
  readonly travel: number;
  /** ms until the next look, unless something changes. */
  readonly waitMs: number;
}

/** Why a track wants a look, most urgent first. */
const wishes = ['first', 'known', 'changed', 'due', 'fragment'] as const;
type Wish = (typeof wishes)[number];

/**
 * Decides which tracks of one camera are looked at a second time, and keeps that cheap:
 * so many a frame, so many in the long run, so many unanswered.
 *
 * What looks like a learned class by its peak comes first, since it gets no name without a look, and has a budget
 * of its own, since things that nobody can name would use up the other. Then comes what nobody can name and nobody has
 * looked at. What the base model is sure of
 * gives one look, as an example of something known: few, but ahead of the second looks that
 * unknown tracks would fill all the time with. A track at rest is looked at ever more rarely,
 * for it shows nothing new.
 */
export class CropScheduler {
  asked = 0;
  /** Looks that were due but not asked for, a frame and track each, for want of budget. */
  skipped = 0;
  /** Looks that came to nothing. */
  failed = 0;
  outstanding = 0;
  readonly #options: CropSchedulerOptions;
  readonly #lookedAt = new Map<number, LookedAt>();
  #saved: number;
  #knownSaved: number;
  #promisingSaved: number;
  #knownRefillMs: number | null = null;

  constructor(options: Partial<CropSchedulerOptions> = {}) {
    this.#options = { ...cropSchedulerDefaults, ...options };
    this.#saved = this.#options.looksSavedMax;
    this.#promisingSaved = this.#options.looksSavedMax;
    this.#knownSaved = Math.min(1, this.#options.knownLooksPerMinute);
  }

  /** The tracks to look at in this frame; every one of them must be answered by `answered`. */
  plan(tracked: TrackedFrame): readonly Track[] {
    const o = this.#options;
    const nowMs = tracked.frame.timestampMs;
    for (const id of tracked.ended) this.#lookedAt.delete(id);
    this.#saved = Math.min(o.looksSavedMax, this.#saved + o.looksPerFrameMean);
    this.#refillKnown(nowMs);
    this.#promisingSaved = Math.min(
      o.looksSavedMax,
      this.#promisingSaved + o.promisingLooksPerFrameMean,
    );

    const wanted: { track: Track; wish: Wish; since: number }[] = [];
    for (const track of tracked.tracks) {
      const wish = this.#wishOf(track, nowMs);
      const since = this.#lookedAt.get(track.id)?.askedMs ?? track.firstSeenMs;
      if (wish !== null) wanted.push({ track, wish, since });
    }
    wanted.sort(
      (a, b) =>
        Number(b.track.promising) - Number(a.track.promising) ||
        wishes.indexOf(a.wish) - wishes.indexOf(b.wish) ||
        a.since - b.since,
    );

    const chosen: Track[] = [];
    for (const { track, wish } of wanted) {
      const room = chosen.length < o.looksPerFrame && this.outstanding < o.outstandingMax;
      const own = track.promising && this.#promisingSaved >= 1;
      if (!room || (this.#saved < 1 && !own) || (wish === 'known' && this.#knownSaved < 1)) {
        this.skipped++;
        continue;
      }
      if (own) this.#promisingSaved--;
      else this.#saved--;
      if (wish === 'known') this.#knownSaved--;
      this.#remember(track, wish, nowMs);
      chosen.push(track);
    }
    return chosen;
  }

  /** A planned look came in, or failed. */
  answered(ok: boolean): void {
    this.outstanding--;
    if (!ok) this.failed++;
  }

  #wishOf(track: Track, nowMs: number): Wish | null {
    const o = this.#options;
    if (!track.confirmed || track.observation === null) return null;
    if (shorterSide(track.box) < o.sidePixelsMin) return null;
    const before = this.#lookedAt.get(track.id);
    if (track.name?.by === 'base' && track.name.score >= o.knownScoreMin) {
      return before === undefined && o.knownLooksPerMinute > 0 ? 'known' : null;
    }
    if (track.fragment && !track.promising) return before === undefined ? 'fragment' : null;
    if (before === undefined) return 'first';
    const growth = areaOf(track.box) / before.area;
    const changed = growth >= o.sizeChange ** 2 || growth <= o.sizeChange ** -2;
    const agoMs = nowMs - before.askedMs;
    // A box that keeps changing its size is no reason for a look a frame.
    if (changed && agoMs >= o.lookEveryMs / 4) return 'changed';
    const waitMs = track.travel > before.travel ? o.lookEveryMs : before.waitMs;
    return agoMs >= waitMs ? 'due' : null;
  }

  #remember(track: Track, wish: Wish, nowMs: number): void {
    const o = this.#options;
    const before = this.#lookedAt.get(track.id);
    const atRest = wish === 'due' && before !== undefined && track.travel === before.travel;
    this.asked++;
    this.outstanding++;
    this.#lookedAt.set(track.id, {
      askedMs: nowMs,
      area: areaOf(track.box),
      travel: track.travel,
      waitMs: atRest ? Math.min(o.lookEveryMsMax, before.waitMs * 2) : o.lookEveryMs,
    });
  }

  #refillKnown(nowMs: number): void {
    const { knownLooksPerMinute } = this.#options;
    const passedMs = Math.max(0, nowMs - (this.#knownRefillMs ?? nowMs));
    this.#knownRefillMs = nowMs;
    const refill = (passedMs / 60_000) * knownLooksPerMinute;
    // At most a minute's worth is saved up.
    this.#knownSaved = Math.min(Math.max(1, knownLooksPerMinute), this.#knownSaved + refill);
  }
}

function shorterSide(box: Box): number {
  return Math.min(box[2] - box[0], box[3] - box[1]);
}
