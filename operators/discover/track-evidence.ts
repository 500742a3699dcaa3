import { areaOf, type Box, containment } from '../foundation/geometry/box.ts';
import type { Track } from '../track/track.ts';

export interface EvidenceOptions {
  /** Observed frames before a track's evidence says anything. ≥ 1. Default: 3. */
  readonly evidenceMin: number;
  /**
   * Least share of a track's base heat that one class holds in an object of that class; objects of
   * no base class heat changing ones. 0 to 1. Default: 0.8.
   */
  readonly agreementMin: number;
  /** Least mean score of that class, so that it is more than a guess. 0 to 1. Default: 0.15. */
  readonly agreedScoreMin: number;
  /** Observed frames after which a base name can be doubted … ≥ 1. Default: 10. */
  readonly doubtFramesMin: number;
  /** … which it is below this share of the heat: the name changes. 0 to 1. Default: 0.6. */
  readonly doubtAgreement: number;
  /** Minimum smoothed objectness of an object that has been seen … 0 to 1. Default: 0.12. */
  readonly steadyObjectnessMin: number;
  /** … in this many frames, in which base classes did not agree on it. ≥ 1. Default: 30. */
  readonly steadyFramesMin: number;
  /** Share of a box inside a much larger recognised one that makes it a part … Default: 0.4. */
  readonly partInside: number;
  /** … its largest area, as a share of the other one's … Default: 0.5. */
  readonly partAreaMax: number;
  /** … and the share of its frames in which it was one. 0 to 1. Default: 0.4. */
  readonly partShareMin: number;
}

export const evidenceDefaults: EvidenceOptions = {
  evidenceMin: 3,
  agreementMin: 0.8,
  agreedScoreMin: 0.15,
  doubtFramesMin: 10,
  doubtAgreement: 0.6,
  steadyObjectnessMin: 0.12,
  steadyFramesMin: 30,
  partInside: 0.4,
  partAreaMax: 0.5,
  partShareMin: 0.4,
};

/** What a track's whole life says about it. */
export interface TrackAccount {
  /** The base class that holds most of the track's heat. */
  readonly leader: string;
  /** Its share of the heat of all frames' hottest classes, 0 to 1. */
  readonly agreement: number;
  /** Mean heat of the leader over the observed frames, 0 where another class was the hottest. */
  readonly leaderScore: number;
  /** Share of the observed frames in which it lay in a larger known object, or in place of one. */
  readonly partShare: number;
  /** Observed frames. */
  readonly frames: number;
}

/**
 * Adds up what every frame says about one track: a single frame's class, name and place flicker,
 * their sums do not. Holds at most one number per base class.
 */
export class TrackEvidence {
  readonly #heat = new Map<string, number>();
  #total = 0;
  #frames = 0;
  #parts = 0;

  /**
   * Adds a frame in which the track was observed. `covering`: see `coveringBoxes`; `isPlaceTaken`:
   * whether an object of a base class was seen at its place lately, see Sightings.
   */
  add(
    track: Track,
    covering: readonly Box[],
    isPlaceTaken: boolean,
    { partInside, partAreaMax }: EvidenceOptions,
  ): void {
    if (track.observation === null) return;
    const { baseClass, baseScore } = track.observation;
    this.#frames++;
    this.#total += baseScore;
    this.#heat.set(baseClass, (this.#heat.get(baseClass) ?? 0) + baseScore);
    const { box } = track;
    const isPart = covering.some(
      (other) =>
        areaOf(box) <= partAreaMax * areaOf(other) && containment(box, other) >= partInside,
    );
    if (isPart || isPlaceTaken) this.#parts++;
  }

  get account(): TrackAccount {
    let [leader, most] = ['', 0];
    for (const [name, heat] of this.#heat) if (heat > most) [leader, most] = [name, heat];
    const frames = Math.max(1, this.#frames);
    return {
      leader,
      agreement: this.#total === 0 ? 0 : most / this.#total,
      leaderScore: most / frames,
      partShare: this.#parts / frames,
      frames: this.#frames,
    };
  }
}

/** Whether a track's life shows a base class's object, however weakly each frame does. */
export function isQuietlyKnown(account: TrackAccount, options: EvidenceOptions): boolean {
  const { frames, agreement, leaderScore } = account;
  if (frames < options.evidenceMin) return false;
  return agreement >= options.agreementMin && leaderScore >= options.agreedScoreMin;
}

/** Whether base classes disagree so much on a track that the name of one of them is doubtful. */
export function isNameDoubted(account: TrackAccount, options: EvidenceOptions): boolean {
  return account.frames >= options.doubtFramesMin && account.agreement < options.doubtAgreement;
}

/** Whether a weak track has been there for so long that its objectness need not be high. */
export function isSteady(account: TrackAccount, options: EvidenceOptions): boolean {
  return account.frames >= options.steadyFramesMin && account.agreement < options.agreementMin;
}

/** Whether a track was a part of recognised objects for much of its life. */
export function isPartOfKnown(account: TrackAccount, options: EvidenceOptions): boolean {
  return account.frames >= options.evidenceMin && account.partShare >= options.partShareMin;
}
