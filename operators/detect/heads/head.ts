import type { ObjectnessHead } from '../engines/engine.ts';

/**
 * A fixed function that a layer's input goes through first (see lift.ts): nothing in it is learned.
 *
 * `root`: every value's square root, its sign kept, and the row then scaled to length 1. `random`: `rows` random
 * projections, negative ones set to 0; the matrix follows from the seed.
 */
export type Lift =
  | { readonly kind: 'root' }
  | { readonly kind: 'random'; readonly seed: number; readonly rows: number };

/** One linear layer: `classes.length` rows of `length` weights, row-major, and a bias a row. */
export interface LinearLayer {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly length: number;
  /** Absent where the layer reads its input as it is. What comes out of it has `length` values. */
  readonly lift?: Lift;
}

/**
 * What is learned and swapped: tiny, immutable, versioned. The base model's own classes are not in it.
 *
 * A class's score for a peak is read from the dense latent at every frame, and from the
 * second look of the object's track once there is one (see score.ts).
 */
export interface Head {
  /** 0 is the empty head that knows no class. */
  readonly version: number;
  /** Name of the strategy that made it. */
  readonly strategy: string;
  readonly classes: readonly string[];
  readonly objectness: ObjectnessHead;
  /** Rows = classes, over the dense latent. */
  readonly dense: LinearLayer;
  /** Rows = classes, over the look latent; null while no second look was learned from. */
  readonly crop: LinearLayer | null;
  /** Four rows over the look latent: what the box that was looked at is off by, see box-regression.ts. Absent until it was learned. */
  readonly box?: LinearLayer;
  /**
   * How a layer's outputs become scores: `clip` to 0..1 (regression), `softmax` with an implicit background logit
   * of 0, or `sigmoid`, each class by itself.
   */
  readonly activation: 'clip' | 'softmax' | 'sigmoid';
  /** A class: the score from which on a detection is reported under its name. */
  readonly thresholds: Float32Array;
}
