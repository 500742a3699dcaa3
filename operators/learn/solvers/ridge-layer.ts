import type { LinearLayer } from '../../detect/heads/head.ts';
import { factorCholesky, solveCholesky } from '../../foundation/linear-algebra/cholesky.ts';
import {
  ClassMoments,
  type ClassSums,
  type MomentsContents,
  type WeightedRows,
} from '../statistics/class-moments.ts';
import { roundingWeight } from '../statistics/within-scatter.ts';
import type { ClassMove } from '../strategy.ts';
import { addPenalty, Gram, type Penalty } from '../../foundation/linear-algebra/gram.ts';

/**
 * Cells are many and rare features separate the classes: a penalty by variance would admit their
 * noise.
 */
export const densePenalty: Penalty = { lambda: 0.01, per: 'mean' };

/** Embeddings are few, and their features (means, maxima, log sizes) differ in scale. */
export const embeddingPenalty: Penalty = { lambda: 0.1, per: 'variance' };

/** A layer solved from sums. */
export interface SolvedLayer {
  readonly layer: LinearLayer;
  /** Weights of one more column, whose target is the sum of all classes' targets. */
  readonly anyClass: { readonly weights: Float32Array; readonly bias: number };
}

/**
 * One-against-the-rest ridge regression on frozen features, kept as sums that rows can be added to
 * and removed from.
 *
 * Holds the second moments of all rows and the target-weighted row sum of each class. Solving gives
 * the plane (G + penalty)⁻¹·Σ t·x for every class. That alone would put the outputs of a class with
 * three rows among three thousand near zero, so each plane is scaled and shifted: its mean output
 * is 0 over everything outside the class and {@link ownLevel} on the class's targets of 1. Both
 * means come from the sums, and the direction, which is what ridge regression determines, is
 * unchanged.
 */
export class RidgeLayer {
  readonly features: number;
  readonly #penalty: Penalty;
  readonly #moments: ClassMoments<Gram>;

  constructor(features: number, penalty: Penalty, moments = new ClassMoments(new Gram(features))) {
    this.features = features;
    this.#penalty = penalty;
    this.#moments = moments;
  }

  /** Number of rows: of examples of any label, and of background. */
  get rows(): number {
    return this.#moments.all.rows;
  }

  /** True if any class has rows here. */
  get hasClasses(): boolean {
    return this.#moments.hasClasses;
  }

  get stateBytes(): number {
    return this.#moments.bytes;
  }

  clone(): RidgeLayer {
    return new RidgeLayer(this.features, this.#penalty, this.#moments.clone());
  }

  /** Adds rows that belong to no class. A negative weight removes them. */
  addNegatives(rows: Float32Array, weight: number): void {
    this.#moments.addNegatives(rows, weight);
  }

  /** Adds one example's rows; `sign` -1 removes them. An example without rows has no effect. */
  addExample(label: string, rows: WeightedRows, sign: 1 | -1): void {
    this.#moments.addExample(label, rows, sign);
  }

  /** Makes the rows of one class rows of another or drops them; see {@link ClassMoments.move}. */
  move(move: ClassMove): void {
    this.#moments.move(move);
  }

  /**
   * Solves for the classes in the given order; a class without rows gets weights of zero.
   * Yields every few milliseconds.
   */
  solve(classes: readonly string[]): Generator<void, SolvedLayer> {
    return solveRidge(this.#moments, classes, this.#penalty);
  }

  /** The state as numbers and vectors, for saving. */
  contents(): RidgeLayerContents {
    const { rows, all, classes } = this.#moments.contents();
    return { rows, gram: all, classes };
  }

  static from(features: number, penalty: Penalty, contents: RidgeLayerContents): RidgeLayer {
    const { rows, gram, classes } = contents;
    const sums = new Map(classes.map(({ name, ...classSums }) => [name, classSums]));
    const moments = new ClassMoments(new Gram(features, gram, rows), sums);
    return new RidgeLayer(features, penalty, moments);
  }
}

/** The whole state of a {@link RidgeLayer}. */
export interface RidgeLayerContents {
  readonly rows: number;
  readonly gram: Float64Array;
  readonly classes: MomentsContents['classes'];
}

/**
 * Solves ridge regression from sums; see {@link RidgeLayer}. A class without rows gets weights of
 * zero. Yields every few milliseconds.
 */
export function* solveRidge(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  penalty: Penalty,
): Generator<void, SolvedLayer> {
  const { features } = moments;
  const size = features + 1;
  const factor = moments.all.values.slice();
  addPenalty(factor, size, penalty);
  yield* factorCholesky(factor, size);
  const total = moments.all.sums();
  const weights = new Float32Array(classes.length * features);
  const bias = new Float32Array(classes.length);
  for (const [row, name] of classes.entries()) {
    const sums = moments.of(name);
    if (sums === undefined) continue;
    const plane = solvePlane(factor, sums, total);
    weights.set(plane.subarray(0, features), row * features);
    bias[row] = plane[features]!;
    yield;
  }
  const plane = solvePlane(factor, moments.ofAnyClass(), total);
  return {
    layer: { weights, bias, length: features },
    anyClass: {
      weights: Float32Array.from(plane.subarray(0, features)),
      bias: Math.fround(plane[features]!),
    },
  };
}

/**
 * Mean output on a class's targets of 1. Scores are clipped at 1 and the outputs of a regression
 * scatter: with less headroom, the better half of them would tie.
 */
export const ownLevel = 0.7;

/** The class's plane, scaled. */
function solvePlane(
  factor: Float64Array,
  own: Readonly<ClassSums>,
  total: Float64Array,
): Float64Array {
  const plane = own.features.slice();
  if (own.squares <= 0) return plane.fill(0);
  solveCholesky(factor, plane);
  return scalePlane(plane, own, total);
}

/**
 * Scales and shifts a class's plane, the constant's weight last, in place: to a mean output of 0
 * off the class and {@link ownLevel} on its targets of 1. `total`: sums of all rows. A plane that
 * does not tell the class from the rest becomes 0.
 */
export function scalePlane(
  plane: Float64Array,
  own: Readonly<ClassSums>,
  total: Float64Array,
): Float64Array {
  const size = plane.length;
  let ownDot = 0;
  let totalDot = 0;
  for (let i = 0; i < size; i++) {
    ownDot += plane[i]! * own.features[i]!;
    totalDot += plane[i]! * total[i]!;
  }
  const ownWeight = own.features[size - 1]!;
  const restWeight = total[size - 1]! - ownWeight;
  // A lone class without any background has no rest: its outputs then start at 0.
  const rest = restWeight > roundingWeight * ownWeight ? (totalDot - ownDot) / restWeight : 0;
  const scale = ownLevel / ((ownDot - rest * ownWeight) / own.squares);
  if (!(scale > 0) || !Number.isFinite(scale)) return plane.fill(0);
  for (let i = 0; i < size; i++) plane[i] = plane[i]! * scale;
  plane[size - 1] = plane[size - 1]! - rest * scale;
  return plane;
}
