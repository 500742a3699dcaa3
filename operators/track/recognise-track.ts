import type { Recognition } from './track.ts';

/** The best base class of a track. */
export interface BaseScore {
  readonly class: string;
  /** 0..1, smoothed over the track's frames. */
  readonly score: number;
}

/** Scores of a track under the active head: one entry per class, in the head's order. */
export interface LearnedScores {
  readonly classes: readonly string[];
  /** 0..1, smoothed over the track's frames. */
  readonly scores: ArrayLike<number>;
  /** Minimum score per class. */
  readonly thresholds: ArrayLike<number>;
  /** The crop layer's scores, not combined with objectness; null without a crop embedding. */
  readonly cropScores: ArrayLike<number> | null;
  /** Whether the head has a crop layer. */
  readonly usesCrops: boolean;
}

export interface RecognitionOptions {
  /** Minimum smoothed score of a base class. 0 to 1. Default: 0.35. */
  readonly baseScoreMin: number;
  /**
   * Share of a class's threshold from which a learned class counts by its crop. Thresholds are for
   * single pictures; a track is seen in several frames, so that fewer of its names are false. Above
   * 0, at most 1. Default: 1, and 0.8 for tracks.
   */
  readonly learnedShare: number;
  /** Minimum crop score for a learned class to overrule a base class. 0 to 1. Default: 0.6. */
  readonly overruleScoreMin: number;
  /**
   * Whether a head with a crop layer recognises only tracks with a crop embedding. Set it to false
   * where no crops are embedded. Default: true.
   */
  readonly cropRequired: boolean;
  /** Share of its threshold above which a class is kept (hysteresis). 0 to 1. Default: 0.8. */
  readonly keepShare: number;
}

export const recognitionDefaults: RecognitionOptions = {
  baseScoreMin: 0.35,
  learnedShare: 1,
  overruleScoreMin: 0.6,
  cropRequired: true,
  keepShare: 0.8,
};

/**
 * Decides the class of a track; null for an unrecognised one.
 *
 * A base class counts from `baseScoreMin` on, a learned class from its threshold on, by its crop
 * from `learnedShare` of it on. To overrule a base class, a learned class needs a crop score of at
 * least `overruleScoreMin` and of at least the base score; the dense score alone never overrules,
 * so that learned classes do not take over base classes. Nor does it recognise a track whose crop
 * is still to be embedded: a single cell tells a class only from the few other objects it was
 * trained against.
 *
 * `before` is the track's recognition under the same head. It is kept while its score stays above
 * `keepShare` of the threshold: a track that is unrecognised for one frame would become an unknown.
 */
export function recogniseTrack(
  base: BaseScore | null,
  learned: LearnedScores,
  before: Recognition | null = null,
  options: RecognitionOptions = recognitionDefaults,
): Recognition | null {
  const shareOf = (by: Recognition['by'], name: string) =>
    before?.by === by && before.class === name ? options.keepShare : 1;
  const baseMin = base === null ? 1 : options.baseScoreMin * shareOf('base', base.class);
  const known = base !== null && base.score >= baseMin ? base : null;
  const scored = learned.cropScores !== null || !(learned.usesCrops && options.cropRequired);
  const least = learned.cropScores === null ? 1 : options.learnedShare;
  const best = scored
    ? bestAboveThreshold(learned, (name) => least * shareOf('learned', name))
    : -1;
  if (best >= 0) {
    const cropScore = learned.cropScores?.[best] ?? 0;
    const name = learned.classes[best]!;
    const overruleMin =
      Math.max(options.overruleScoreMin, known?.score ?? 0) * shareOf('learned', name);
    if (known === null || cropScore >= overruleMin) {
      return { class: name, score: clip(learned.scores[best]!), by: 'learned' };
    }
  }
  return known === null ? null : { class: known.class, score: clip(known.score), by: 'base' };
}

/** Index of the highest score among the classes that reach their threshold's share, or -1. */
function bestAboveThreshold(learned: LearnedScores, shareOf: (name: string) => number): number {
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
