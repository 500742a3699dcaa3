import type { LinearLayer } from '../../detect/head.ts';
import { factorCholesky, solveCholesky } from '../cholesky.ts';
import { addPenalty, Gram, type Penalty } from '../gram.ts';

/** Cells are many, and what tells classes apart are rare features: a pull by variance would let their noise in. */
export const densePenalty: Penalty = { lambda: 0.01, per: 'mean' };

/** Looks are few, and their features (means, maxima, log sizes) differ in scale. */
export const lookPenalty: Penalty = { lambda: 0.3, per: 'variance' };

/** What a layer knows of one class. */
interface ClassSums {
  /** Examples with at least one row in the layer; the class goes when none is left. */
  examples: number;
  /** Σ w·t·x over its rows, its last value Σ w·t. */
  readonly features: Float64Array;
  /** Σ w·t². */
  squares: number;
}

/** Rows of one example: `targets` says how much each row belongs to the class, `weight` counts for each row. */
export interface WeightedRows {
  readonly rows: Float32Array;
  readonly targets: Float32Array;
  readonly weight: number;
}

/** A solved layer. */
export interface SolvedLayer {
  readonly layer: LinearLayer;
  /** Weights of the column whose target is every class's target together. */
  readonly anyClass: { readonly weights: Float32Array; readonly bias: number };
}

/**
 * One-against-the-rest ridge regression on frozen features as sums that can be added to and taken from.
 *
 * Holds the second moments of all rows and, a class, the target-weighted sum of its rows. Solving gives,
 * for every class, the plane (G + penalty)⁻¹·Σ t·x. A class with three rows among
 * three thousand would get outputs near zero that way, so each plane is then scaled and shifted: 0 is the mean
 * output over everything that is not the class, {@link ownLevel} is where its own targets of 1 lie on average. Both
 * means come out of the sums, and the direction, which is what ridge regression decides, stays.
 */
export class RidgeLayer {
  readonly features: number;
  readonly #penalty: Penalty;
  readonly #gram: Gram;
  readonly #classes: Map<string, ClassSums>;

  constructor(
    features: number,
    penalty: Penalty,
    gram = new Gram(features),
    classes = new Map<string, ClassSums>(),
  ) {
    this.features = features;
    this.#penalty = penalty;
    this.#gram = gram;
    this.#classes = classes;
  }

  /** Rows in it: of examples of any label and of background. */
  get rows(): number {
    return this.#gram.rows;
  }

  /** Whether any class has rows here. */
  get hasClasses(): boolean {
    return this.#classes.size > 0;
  }

  get stateBytes(): number {
    return this.#gram.values.byteLength + this.#classes.size * (this.features + 1) * 8;
  }

  clone(): RidgeLayer {
    const classes = new Map<string, ClassSums>();
    for (const [name, sums] of this.#classes) {
      classes.set(name, { ...sums, features: sums.features.slice() });
    }
    return new RidgeLayer(this.features, this.#penalty, this.#gram.clone(), classes);
  }

  /** Rows that belong to no class. A negative weight takes the same rows out again. */
  addNegatives(rows: Float32Array, weight: number): void {
    if (rows.length > 0 && weight !== 0) this.#gram.add(rows, weight);
  }

  /** One example's rows; `sign` -1 takes it out again. An example without rows leaves no trace. */
  addExample(label: string, { rows, targets, weight }: WeightedRows, sign: 1 | -1): void {
    if (targets.length === 0) return;
    this.#gram.add(rows, sign * weight);
    let sums = this.#classes.get(label);
    if (sums === undefined) {
      sums = { examples: 0, features: new Float64Array(this.features + 1), squares: 0 };
      this.#classes.set(label, sums);
    }
    sums.examples += sign;
    if (sums.examples === 0) {
      this.#classes.delete(label);
      return;
    }
    for (let row = 0; row < targets.length; row++) {
      const target = targets[row]!;
      const scale = sign * weight * target;
      const start = row * this.features;
      for (let i = 0; i < this.features; i++) {
        sums.features[i] = sums.features[i]! + scale * rows[start + i]!;
      }
      sums.features[this.features] = sums.features[this.features]! + scale;
      sums.squares += scale * target;
    }
  }

  /**
   * Solves for the classes in the order given; one that has no rows here gets weights of zero.
   * Yields every few milliseconds.
   */
  *solve(classes: readonly string[]): Generator<void, SolvedLayer> {
    const { features } = this;
    const size = features + 1;
    const factor = this.#gram.values.slice();
    addPenalty(factor, size, this.#penalty);
    yield* factorCholesky(factor, size);
    const total = this.#gram.sums();
    const weights = new Float32Array(classes.length * features);
    const bias = new Float32Array(classes.length);
    const any: ClassSums = { examples: 0, features: new Float64Array(size), squares: 0 };
    for (const [row, name] of classes.entries()) {
      const sums = this.#classes.get(name);
      if (sums === undefined) continue;
      const plane = solvePlane(factor, sums, total);
      weights.set(plane.subarray(0, features), row * features);
      bias[row] = plane[features]!;
      for (let i = 0; i < size; i++) any.features[i] = any.features[i]! + sums.features[i]!;
      any.squares += sums.squares;
      yield;
    }
    const plane = solvePlane(factor, any, total);
    return {
      layer: { weights, bias, length: features },
      anyClass: {
        weights: Float32Array.from(plane.subarray(0, features)),
        bias: Math.fround(plane[features]!),
      },
    };
  }

  /** State as numbers and vectors, for saving. */
  contents(): RidgeLayerContents {
    return {
      rows: this.#gram.rows,
      gram: this.#gram.values,
      classes: [...this.#classes].map(([name, sums]) => ({ name, ...sums })),
    };
  }

  static from(features: number, penalty: Penalty, contents: RidgeLayerContents): RidgeLayer {
    const classes = new Map(contents.classes.map(({ name, ...sums }) => [name, sums]));
    const gram = new Gram(features, contents.gram, contents.rows);
    return new RidgeLayer(features, penalty, gram, classes);
  }
}

/** A layer's whole state. */
export interface RidgeLayerContents {
  readonly rows: number;
  readonly gram: Float64Array;
  readonly classes: readonly ({ readonly name: string } & Readonly<ClassSums>)[];
}

/**
 * Where a class's own targets of 1 lie on average. Scores are clipped at 1 and a regression's outputs scatter:
 * with less room above, the better half of them would tie.
 */
const ownLevel = 0.7;

/** The class's plane, scaled so that its mean output is 0 off the class and ownLevel on its targets of 1. */
function solvePlane(factor: Float64Array, own: ClassSums, total: Float64Array): Float64Array {
  const plane = own.features.slice();
  if (own.squares <= 0) return plane.fill(0);
  solveCholesky(factor, plane);
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
  const rest = restWeight > 1e-9 * ownWeight ? (totalDot - ownDot) / restWeight : 0;
  const scale = ownLevel / ((ownDot - rest * ownWeight) / own.squares);
  if (!(scale > 0) || !Number.isFinite(scale)) return plane.fill(0);
  for (let i = 0; i < size; i++) plane[i] = plane[i]! * scale;
  plane[size - 1] = plane[size - 1]! - rest * scale;
  return plane;
}
