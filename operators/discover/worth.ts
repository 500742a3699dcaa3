import type { TrackAccount } from './track-evidence.ts';

/** What is known of the object that a question is about. */
export interface QuestionFacts {
  /** Distance from all known classes, 0 to 1. */
  readonly novelty: number;
  /** See {@link uncertaintyOf}. */
  readonly uncertainty: number;
  /** Tracks that showed it. ≥ 1. */
  readonly sightings: number;
}

/**
 * What an answer to a question would bring: novelty × uncertainty × log2(1 + sightings). An object
 * that is seen often, resembles nothing known and has no agreed base name comes first; the
 * logarithm keeps one that is always in view from hiding all others. At least 0.
 */
export function worthOf({ novelty, uncertainty, sightings }: QuestionFacts): number {
  return novelty * uncertainty * Math.log2(1 + Math.max(1, sightings));
}

/** How far base classes are from agreeing on a track, 0 to 1; 1 without a base score. */
export function uncertaintyOf({
  agreement,
  leaderScore,
}: Pick<TrackAccount, 'agreement' | 'leaderScore'>): number {
  return 1 - agreement * Math.min(1, leaderScore);
}
