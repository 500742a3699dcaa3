/**
 * What a detector without the built-in one's grid proposes in a whole view, before any suppression,
 * for learning: one row per candidate, strongest first.
 */
export interface CandidateMaps {
  readonly kind: 'candidates';
  readonly count: number;
  /** count × 4: left, top, right, bottom in view pixels; may exceed the view. */
  readonly boxes: Float32Array;
  /** count × `denseLatentLength`. */
  readonly latents: Float32Array;
  /** count: the larger of objectness and best class score, 0..1. */
  readonly baseHeat: Float32Array;
  /** count: index of the best base class. */
  readonly baseClass: Int32Array;
  /** count: share of that class in the scores of all classes together, 0..1. */
  readonly baseShare: Float32Array;
}
