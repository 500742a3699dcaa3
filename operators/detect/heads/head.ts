import type { ObjectnessHead } from '../engines/engine.ts';
import type { VectorSight } from '../engines/sight.ts';
import type { GaussianCentres } from './gaussian-kernel.ts';

/**
 * A fixed feature map that is applied to a layer's input (see lift.ts).
 *
 * - `root`: signed square roots, scaled to unit length per row.
 * - `standard`: less `mean` and times `scale`, value by value, scaled to unit length per row.
 * - `random`: `rows` random projections followed by a ReLU; the seed determines the matrix.
 * - `fourier`: `rows` random Fourier features of `root`, whose inner products approximate the
 *   kernel exp(−`gamma`·‖x − y‖²).
 * - `pairs`: `count` values of `root`, chosen by the seed, and the product of each with itself and
 *   each other, row by row of the lower triangle: a linear layer over them is a quadratic form.
 * - `gaussian`: the kernel exp(−`gamma`·‖x − c‖²) between `root` and each of the centres, which are
 *   rows of `root`: a linear layer over them is a kernel machine.
 */
export type Lift =
  | { readonly kind: 'root' }
  | { readonly kind: 'standard'; readonly mean: Float32Array; readonly scale: Float32Array }
  | { readonly kind: 'random'; readonly seed: number; readonly rows: number }
  | {
      readonly kind: 'fourier';
      readonly seed: number;
      readonly rows: number;
      readonly gamma: number;
    }
  | { readonly kind: 'pairs'; readonly seed: number; readonly count: number }
  | ({ readonly kind: 'gaussian' } & GaussianCentres);

/** A linear layer: one row of `length` weights per output, row-major, and one bias per row. */
export interface LinearLayer {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly length: number;
  /** Applied to the input first, giving `length` values. Default: none. */
  readonly lift?: Lift;
}

/**
 * The learned part of the detector, swapped as a whole: small, immutable, versioned. It holds no
 * base classes.
 *
 * It scores the dense latent of a peak in every frame, and the crop embedding of the object's
 * track once there is one (see score.ts).
 */
export interface Head {
  /** 0 for the empty head, which has no classes. */
  readonly version: number;
  /** Name of the strategy that trained it. */
  readonly strategy: string;
  readonly classes: readonly string[];
  /** Durable ids of the classes, which stay when a class is renamed. Absent: it has none. */
  readonly classIds?: readonly string[];
  readonly objectness: ObjectnessHead;
  /** One row per class, over the dense latent. */
  readonly dense: LinearLayer;
  /** One row per class, over the crop embedding; null until trained on crops. */
  readonly crop: LinearLayer | null;
  /**
   * Four rows over the crop embedding: the offsets of the cropped box, see box-regression.ts.
   * Absent until trained.
   */
  readonly box?: LinearLayer;
  /**
   * Turns outputs into scores: `clip` to 0..1 (regression), `softmax` with an implicit background
   * logit of 0, or `sigmoid` per class.
   */
  readonly activation: 'clip' | 'softmax' | 'sigmoid';
  /**
   * Per class: the least score at which a detection in a single picture is reported as this class.
   * Tracks take a share of it, see `RecognitionOptions` of `operators/track/recognise-track.ts`.
   */
  readonly thresholds: Float32Array;
  /** What made the vectors that it was trained on. Absent: the built-in models. */
  readonly sight?: VectorSight;
}
