import type { LinearLayer } from '../../detect/heads/head.ts';
import { factorCholesky, solveCholeskyMany } from '../../foundation/linear-algebra/cholesky.ts';
import { gather, partsOf, placesOf, type ScatterPart } from '../statistics/scatter-layout.ts';
import type { Scatter } from '../statistics/scatter.ts';
import { rowsLength } from '../../foundation/linear-algebra/stored-triangle.ts';
import { ownLogit } from './nearest-means.ts';
import { type CovarianceRows, oracleShrinkage } from '../statistics/oracle-shrinkage.ts';
import { varianceFloor } from '../statistics/within-covariance.ts';

/**
 * Prior of background over any one class, as a logit: most proposals show none of the classes. With
 * few labels, little of the background has been seen; without the prior, half of all other objects
 * would be labelled.
 */
const backgroundLogit = 1;

/** Logit of a class without rows, so that it is never predicted. */
const absentLogit = -20;

/** Classes solved between two pauses: about 2 ms for the widest block. */
const solvedAtOnce = 8;

/** Bounds on the share of a covariance that is replaced by its diagonal. */
export interface ShareBounds {
  /** Default: 0. */
  readonly least?: number;
  readonly most: number;
}

/**
 * The linear discriminant of a {@link Scatter}, as a layer for softmax.
 *
 * A class's logit is half the squared Mahalanobis distance to the background mean minus half that
 * to the class mean, over a temperature common to all classes. The quadratic term in the row
 * cancels, because all groups share one covariance, so the layer is linear.
 *
 * Features of different blocks are assumed independent given the landmarks. Of all covariances with
 * the kept entries, that one has the greatest entropy ("Covariance selection", Dempster, 1972). Its
 * inverse is the sum of the inverses of its cliques (the landmarks with one block each), minus that
 * of the landmarks for all but one of them (Lauritzen, "Graphical models", 1996).
 *
 * The covariance is shrunk towards its diagonal by {@link oracleShrinkage}, within `bounds`.
 * Background without rows lies at the origin, where no feature fires. A class without rows is never
 * predicted. Yields every few milliseconds.
 */
export function* discriminant(
  scatter: Scatter,
  classes: readonly string[],
  bounds: ShareBounds,
): Generator<void, LinearLayer> {
  const { features, layout } = scatter;
  const { rowLength } = layout;
  const places = placesOf(layout);
  const cliques = yield* factorCliques(scatter, bounds);
  const backgroundMean = meanOf(scatter.background, features);
  const weights = new Float32Array(classes.length * rowLength);
  const shifts = new Float64Array(classes.length);
  let distances = 0;
  const known = [...classes.entries()].filter(
    ([, name]) => (scatter.classes.get(name)?.weight ?? 0) > 0,
  );
  for (let first = 0; first < known.length; first += solvedAtOnce) {
    const group = known.slice(first, first + solvedAtOnce);
    const means = group.map(([, name]) => meanOf(scatter.classes.get(name)!, features));
    const sides = means.map((mean) => mean.map((value, k) => value - backgroundMean[k]!));
    const planes = solveCliques(cliques, sides);
    for (const [side, [row]] of group.entries()) {
      const [mean, difference, plane] = [means[side]!, sides[side]!, planes[side]!];
      let shift = 0;
      for (const [k, place] of places.entries()) {
        const value = plane[k]!;
        weights[row * rowLength + place] = value;
        distances += value * difference[k]!;
        shift -= 0.5 * value * (mean[k]! + backgroundMean[k]!);
      }
      shifts[row] = shift;
    }
    yield;
  }
  // Half a squared distance is the mean logit of a class's own rows.
  const scale = distances > 0 ? ownLogit / (distances / known.length / 2) : 0;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * scale;
  const bias = new Float32Array(classes.length).fill(absentLogit);
  for (const [row] of known) bias[row] = shifts[row]! * scale - backgroundLogit;
  return { weights, bias, length: rowLength };
}

/**
 * A part together with the landmarks above it: a full covariance. `times`: how often its inverse
 * counts.
 */
interface Clique {
  readonly part: ScatterPart;
  readonly factor: Float64Array;
  readonly times: number;
}

/** Multiplies right-hand sides by the inverse of the covariance that the cliques describe. */
function solveCliques(
  cliques: readonly Clique[],
  sides: readonly Float64Array[],
): readonly Float64Array[] {
  const solved = sides.map(({ length }) => new Float64Array(length));
  for (const { part, factor, times } of cliques) {
    const { above, from, to } = part;
    const ownSides = sides.map((side) => gather(part, side));
    solveCholeskyMany(factor, ownSides);
    for (const [side, values] of ownSides.entries()) {
      const sum = solved[side]!;
      for (let k = 0; k < above; k++) sum[k] = sum[k]! + times * values[k]!;
      for (let k = from; k < to; k++) sum[k] = sum[k]! + times * values[above + k - from]!;
    }
  }
  return solved;
}

/**
 * Cholesky factors of the cliques' covariances, shrunk towards their diagonal.
 *
 * Rounding errors left by removed rows, or by very many changes, can make a covariance indefinite.
 * It is then shrunk more, down to its diagonal if necessary, so that the update still succeeds.
 */
function* factorCliques(
  scatter: Scatter,
  { least: shareLeast = 0, most }: ShareBounds,
): Generator<void, Clique[]> {
  const parts = covarianceOf(scatter);
  yield;
  const least = parts.map((part) => leastVariance(scatter, part));
  const estimate = Math.max(shareLeast, oracleShrinkage(parts, scatter.weight));
  for (let share = Math.min(most, estimate); ; share = Math.min(1, 10 * share)) {
    const [landmarks, ...blocks] = parts.map((part, i) => shrink(part, share, least[i]!));
    try {
      const cliques: Clique[] = [];
      for (const [i, rows] of blocks.entries()) {
        const part = parts[i + 1]!;
        const factor = new Float64Array(landmarks!.length + rows.length);
        factor.set(landmarks!);
        factor.set(rows, landmarks!.length);
        yield* factorCholesky(factor, part.above + part.places.length);
        cliques.push({ part, factor, times: 1 });
      }
      yield* factorCholesky(landmarks!, parts[0]!.places.length);
      cliques.push({ part: parts[0]!, factor: landmarks!, times: 1 - blocks.length });
      return cliques;
    } catch (error) {
      if (!(error instanceof RangeError) || share === 1) throw error;
    }
  }
}

/** The rows of the covariance that belong to one part. */
type CovariancePart = ScatterPart & CovarianceRows;

function covarianceOf(scatter: Scatter): CovariancePart[] {
  const total = scatter.weight > 0 ? scatter.weight : 1;
  const loaded = scatter.loaded();
  return partsOf(scatter.layout).map((part, i) => ({
    ...part,
    covariance: loaded[i]!.map((value) => value / total),
  }));
}

/** Shrinks one part, so that the landmarks come out the same in every clique. */
function shrink(
  { places, above, covariance }: CovariancePart,
  share: number,
  least: number,
): Float64Array {
  const shrunk = covariance.map((value) => (1 - share) * value);
  for (let i = 1; i <= places.length; i++) {
    const diagonal = rowsLength(i, above) - 1;
    const added = shrunk[diagonal]! + share * Math.max(covariance[diagonal]!, least);
    shrunk[diagonal] = added > 0 ? added : 1;
  }
  return shrunk;
}

/** Least variance of a part's features: keeps constant features from dominating. */
function leastVariance(
  { classes, background, weight }: Scatter,
  { places, above, from, to, covariance }: CovariancePart,
): number {
  let variance = 0;
  for (let i = 1; i <= places.length; i++) {
    variance += Math.max(0, covariance[rowsLength(i, above) - 1]!);
  }
  // With a single row per group nothing varies, so the features' squares stand in.
  let square = 0;
  for (const group of [...classes.values(), background]) {
    if (!(group.weight > 0)) continue;
    let groupSquare = 0;
    for (let i = from; i < to; i++) groupSquare += group.sums[i]! ** 2;
    square += groupSquare / group.weight / weight;
  }
  return (varianceFloor * Math.max(variance, 1e-3 * square)) / Math.max(1, places.length);
}

function meanOf(
  { weight, sums }: { readonly weight: number; readonly sums: Float32Array },
  features: number,
): Float64Array {
  const mean = new Float64Array(features);
  if (weight > 0) for (let i = 0; i < features; i++) mean[i] = sums[i]! / weight;
  return mean;
}
