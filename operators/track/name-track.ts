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
  /** Whether the head has learned from second looks. */
  readonly readsLooks: boolean;
}

export interface NamingOptions {
  /** Smoothed base score from which on the base model's name counts. 0 to 1. Default: 0.35. */
  readonly baseScoreMin: number;
  /** Look score from which on a learned class overrules the base model's name. 0 to 1. Default: 0.6. */
  readonly clearLookMin: number;
  /**
   * Where the head reads looks, it names nothing that was not looked at. To be false where no looks are taken. Default:
   * true.
   */
  readonly lookNeeded: boolean;
  /** A name is kept until its score falls below this share of what it took to get it. 0 to 1. Default: 0.8. */
  readonly keepShare: number;
}

export const namingDefaults: NamingOptions = {
  baseScoreMin: 0.35,
  clearLookMin: 0.6,
  lookNeeded: true,
  keepShare: 0.8,
};

/**
 * Decides what a track is called, or null where nobody can say.
 *
 * The base model names what it is sure of. A learned class is named from its threshold
 * on; where both speak, the learned one has to be clear: its look score must reach
 * `clearLookMin` and the base model's own score. The dense score alone never overrules,
 * for a learned class must not eat the classes that were known before. Nor does it name
 * what is still to be looked at: a cell tells a class from what it has seen of the rest, and that is little.
 *
 * `before` is what the track was called under the same head: a name that wavers round its
 * threshold is kept, for a track that goes nameless for a frame would be taken for unknown.
 */
export function nameTrack(
  base: BaseVote | null,
  learned: LearnedVotes,
  before: TrackName | null = null,
  options: NamingOptions = namingDefaults,
): TrackName | null {
  const share = (by: TrackName['by'], name: string) =>
    before?.by === by && before.class === name ? options.keepShare : 1;
  const baseMin = base === null ? 1 : options.baseScoreMin * share('base', base.class);
  const named = base !== null && base.score >= baseMin ? base : null;
  const judged = learned.lookScores !== null || !(learned.readsLooks && options.lookNeeded);
  const best = judged ? bestAboveThreshold(learned, (name) => share('learned', name)) : -1;
  if (best >= 0) {
    const look = learned.lookScores?.[best] ?? 0;
    const name = learned.classes[best]!;
    const clear = Math.max(options.clearLookMin, named?.score ?? 0) * share('learned', name);
    if (named === null || look >= clear) {
      return { class: name, score: clip(learned.scores[best]!), by: 'learned' };
    }
  }
  return named === null ? null : { class: named.class, score: clip(named.score), by: 'base' };
}

/** Index of the highest score among the classes that reach their share of their threshold, or -1. */
function bestAboveThreshold(learned: LearnedVotes, shareOf: (name: string) => number): number {
  let best = -1;
  for (const [i, name] of learned.classes.entries()) {
    const score = learned.scores[i]!;
    if (score < learned.thresholds[i]! * shareOf(name)) continue;
    if (best < 0 || score > learned.scores[best]!) best = i;
  }
  return best;
}

function clip(score: number): number {
  return Math.min(1, Math.max(0, score));
}
