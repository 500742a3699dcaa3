import type { TrackName } from './track.ts';

/** The base model's best class for a track. */
export interface BaseVote {
  readonly class: string;
  /** 0..1, smoothed over the track's frames. */
  readonly score: number;
}

/** What the active head says of a track, one entry a class, in the head's order. */
export interface LearnedVotes {
  readonly classes: readonly string[];
  /** 0..1, smoothed over the track's frames. */
  readonly scores: ArrayLike<number>;
  /** From which score on a class may be named. */
  readonly thresholds: ArrayLike<number>;
  /** The second look's own scores, not yet joined with objectness; null without a look. */
  readonly lookScores: ArrayLike<number> | null;
}

export interface NamingOptions {
  /** Smoothed base score from which on the base model's name counts. 0 to 1. Default: 0.35. */
  readonly baseScoreMin: number;
  /** Look score from which on a learned class overrules the base model's name. 0 to 1. Default: 0.6. */
  readonly clearLookMin: number;
}

export const namingDefaults: NamingOptions = { baseScoreMin: 0.35, clearLookMin: 0.6 };

/**
 * Decides what a track is called, or null where nobody can say.
 *
 * The base model names what it is sure of. A learned class is named from its threshold
 * on; where both speak, the learned one has to be clear: its look score must reach
 * `clearLookMin` and the base model's own score. The dense score alone never overrules,
 * for a learned class must not eat the classes that were known before.
 */
export function nameTrack(
  base: BaseVote | null,
  learned: LearnedVotes,
  options: NamingOptions = namingDefaults,
): TrackName | null {
  const named = base !== null && base.score >= options.baseScoreMin ? base : null;
  const best = bestAboveThreshold(learned);
  if (best >= 0) {
    const look = learned.lookScores?.[best] ?? 0;
    if (named === null || look >= Math.max(options.clearLookMin, named.score)) {
      return { class: learned.classes[best]!, score: clip(learned.scores[best]!), by: 'learned' };
    }
  }
  return named === null ? null : { class: named.class, score: clip(named.score), by: 'base' };
}

/** Index of the highest score among the classes that reach their threshold, or -1. */
function bestAboveThreshold(learned: LearnedVotes): number {
  let best = -1;
  for (let i = 0; i < learned.classes.length; i++) {
    const score = learned.scores[i]!;
    if (score < learned.thresholds[i]!) continue;
    if (best < 0 || score > learned.scores[best]!) best = i;
  }
  return best;
}

function clip(score: number): number {
  return Math.min(1, Math.max(0, score));
}
