import type { Observation } from '../detect/detected-frame.ts';
import type { Track } from '../track/track.ts';

/** When an object that no frame names is asked about. */
export interface AskingOptions {
  /** Observed frames before a track's evidence says anything. ≥ 1. Default: 3. */
  readonly evidenceMin: number;
  /**
   * Least share of a track's base heat that one class holds in an object of that class; objects of
   * no base class heat changing ones. It withdraws a question; 0.05 less is enough to open none.
   * 0 to 1; above 1.05, none counts as known. Default: 0.8.
   */
  readonly agreementMin: number;
  /**
   * Least mean score of that class, so that it is more than a guess; a fifth more withdraws a
   * question. 0 to 1. Default: 0.15.
   */
  readonly agreedScoreMin: number;
  /**
   * Least share of the heat of all base classes that it holds: an object of a base class heats few
   * others beside it, one of no base class many. 0 to 1; 0 doubts none. Default: 0.16 …
   */
  readonly leaderShareMin: number;
  /** … unless this share of the frames named it all the same. 0 to 1. Default: 0.1. */
  readonly namedShareMin: number;
  /** Share below which an object is clearly of no base class. 0 to 1. Default: 0.5. */
  readonly clearAgreement: number;
  /** Time for which any other object is watched before it is asked about, in ms. Default: 5000. */
  readonly unclearMs: number;
  /** Crop embeddings before it is asked about: the first may show it half … ≥ 1. Default: 2. */
  readonly looksMin: number;
  /** … which are awaited for this time after the first one, in ms. ≥ 0. Default: 1500. */
  readonly patienceMs: number;
  /** Time for which it waits while a question about a similar object is open. Default: 15000. */
  readonly alikeMs: number;
  /** Minimum smoothed objectness of an object that has been seen … 0 to 1. Default: 0.12. */
  readonly steadyObjectnessMin: number;
  /** … in this many frames, in which base classes did not agree on it. ≥ 1. Default: 30. */
  readonly steadyFramesMin: number;
}

export const askingDefaults: AskingOptions = {
  evidenceMin: 3,
  agreementMin: 0.8,
  agreedScoreMin: 0.15,
  leaderShareMin: 0.16,
  namedShareMin: 0.1,
  clearAgreement: 0.5,
  unclearMs: 5000,
  looksMin: 2,
  patienceMs: 1500,
  alikeMs: 15_000,
  steadyObjectnessMin: 0.12,
  steadyFramesMin: 30,
};

/** Agreement by which an object that nobody is asked about may fall short of the least one. */
const hysteresis = 0.05;
/** Share by which what ends a doubt, or makes a guess more than that, has to exceed the least. */
const doubtHysteresis = 0.2;

/** What is said about an object by all frames in which its track was observed. */
export interface TrackAccount {
  /** The base class that holds most of the heat. */
  readonly leader: string;
  /** Its share of the heat of all frames' hottest classes, 0 to 1. */
  readonly agreement: number;
  /** Mean heat of the leader over the observed frames, 0 where another class was the hottest. */
  readonly leaderScore: number;
  /** Its share of the heat of all base classes in all these frames, 0 to 1. */
  readonly leaderShare: number;
  /** Mean heat of the hottest class, whichever it is. */
  readonly heat: number;
  /** Share of the observed frames in which the object was recognised, 0 to 1. */
  readonly namedShare: number;
  /** Observed frames that differ from the one before … */
  readonly frames: number;
  /** … and those that repeat it. */
  readonly repeats: number;
}

/**
 * Adds up what every frame says about one object: a single frame's class flickers, the sum does
 * not. Holds at most one number per base class.
 */
export class TrackEvidence {
  readonly #heat = new Map<string, number>();
  /** Of the frames' hottest classes … */
  #total = 0;
  /** … and of all base classes. */
  #allClasses = 0;
  #frames = 0;
  #named = 0;
  #repeats = 0;
  #last: Observation | null = null;

  /** Adds a frame, unless the track was not observed in it. */
  add({ observation, recognition }: Pick<Track, 'observation' | 'recognition'>): void {
    if (observation === null) return;
    const { baseClass, baseScore, baseShare } = observation;
    // A picture that repeats itself, as that of a still, says nothing more.
    const isRepeat = this.#last?.baseClass === baseClass && this.#last.baseScore === baseScore;
    this.#last = observation;
    if (isRepeat) {
      this.#repeats++;
      return;
    }
    this.#frames++;
    if (recognition !== null) this.#named++;
    this.#total += baseScore;
    if (baseShare > 0) this.#allClasses += baseScore / baseShare;
    this.#heat.set(baseClass, (this.#heat.get(baseClass) ?? 0) + baseScore);
  }

  get account(): TrackAccount {
    let [leader, most] = ['', 0];
    for (const [name, heat] of this.#heat) if (heat > most) [leader, most] = [name, heat];
    return {
      leader,
      agreement: this.#total === 0 ? 0 : most / this.#total,
      leaderScore: most / Math.max(1, this.#frames),
      leaderShare: this.#allClasses === 0 ? 0 : most / this.#allClasses,
      heat: this.#total / Math.max(1, this.#frames),
      namedShare: this.#named / Math.max(1, this.#frames),
      frames: this.#frames,
      repeats: this.#repeats,
    };
  }
}

/**
 * Whether what was seen shows an object of a base class, however weakly each frame does. It takes
 * more agreement (0.8 instead of 0.75) and less doubt to withdraw a question, `isAsked`, than to
 * open none.
 */
export function isQuietlyKnown(
  { frames, agreement, leaderScore, leaderShare, namedShare }: TrackAccount,
  options: AskingOptions,
  isAsked: boolean,
): boolean {
  const { evidenceMin, agreementMin, agreedScoreMin, leaderShareMin, namedShareMin } = options;
  if (frames < evidenceMin) return false;
  // Frames can agree on a class that none of them prefers much to the others.
  const more = isAsked ? 1 + doubtHysteresis : 1;
  if (leaderShare < more * leaderShareMin && namedShare < more * namedShareMin) return false;
  const least = isAsked ? agreementMin : agreementMin - hysteresis;
  return agreement >= least && leaderScore >= more * agreedScoreMin;
}

/** How well an unknown object has been looked at. */
export interface Watched {
  /** Its crop embeddings. */
  readonly looks: number;
  /** Time since it was first an unknown, in ms. */
  readonly waitedMs: number;
}

/**
 * Whether an unknown object has been seen for long enough to ask about it: at once where base
 * classes are far from agreeing on it, or where the picture stands still and says nothing more.
 */
export function isDue(
  { frames, repeats, agreement, heat }: TrackAccount,
  { looks, waitedMs }: Watched,
  options: AskingOptions,
): boolean {
  if (looks < options.looksMin && waitedMs < options.patienceMs) return false;
  if (waitedMs >= options.unclearMs) return true;
  const isClear = agreement < options.clearAgreement || heat < options.agreedScoreMin;
  return frames >= options.evidenceMin ? isClear : repeats >= options.evidenceMin;
}

/** Whether a weak object has been there for so long that its objectness need not be high. */
export function isSteady(
  { frames, agreement }: TrackAccount,
  { steadyFramesMin, agreementMin }: AskingOptions,
): boolean {
  return frames >= steadyFramesMin && agreement < agreementMin;
}
