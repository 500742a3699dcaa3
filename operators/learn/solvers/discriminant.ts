import type { LinearLayer } from '../../detect/heads/head.ts';
import { factorCholesky, solveCholeskyMany } from '../../foundation/linear-algebra/cholesky.ts';
import { gather, type Part, partsOf, placesOf, type Scatter } from '../statistics/scatter.ts';
import { rowsLength } from '../../foundation/linear-algebra/stored-triangle.ts';
import { ownLogit } from './nearest-means.ts';
import { type CovarianceRows, oracleShare } from '../statistics/oracle-shrinkage.ts';
import { varianceFloor } from '../statistics/within-covariance.ts';

/**
 * How much likelier background is than any one class, as a logit, before anything is seen: most of what is looked at is
 * none of them. With few labels little of what background looks like has been seen; without this, half of
 * all the rest would be named.
 */
const backgroundLogit = 1;

/** A class of which there are no rows is not named by them. */
const absentLogit = -20;

/** Classes whose planes are solved between two pauses: 2 ms or so of the widest block. */
const solvedAtOnce = 8;

/** What share of a covariance may be replaced by its own diagonal. */
export interface ShareBounds {
  /** Default: 0. */
  readonly least?: number;
  readonly most: number;
}

/**
 * The linear discriminant of a {@link Scatter} as a layer for softmax: a class's logit is half the squared
 * Mahalanobis distance to background's mean less half that to its own, over a common temperature. Squares of the row
 * itself cancel, since all share one covariance, so that the layer is linear.
 *
 * Features of different blocks are taken to be independent once landmarks are known: of all covariances with the
 * entries that are kept, that one has the greatest entropy ("Covariance selection", Dempster, 1972), and its inverse is the
 * sum of those of its cliques, each the landmarks with a block, less that of the landmarks for all but one of them
 * (Lauritzen, "Graphical models", 1996).
 *
 * As large a share of the covariance is replaced by its own diagonal as {@link oracleShare} says, within bounds. Background without rows lies at the origin, where no feature fires. A class without rows is never
 * named. Yields every few milliseconds.
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
  const rest = meanOf(scatter.background, features);
  const weights = new Float32Array(classes.length * rowLength);
  const shifts = new Float64Array(classes.length);
  let distances = 0;
  const known = [...classes.entries()].filter(
    ([, name]) => (scatter.classes.get(name)?.weight ?? 0) > 0,
  );
  for (let first = 0; first < known.length; first += solvedAtOnce) {
    const own = known.slice(first, first + solvedAtOnce);
    const means = own.map(([, name]) => meanOf(scatter.classes.get(name)!, features));
    const sides = means.map((mean) => mean.map((value, k) => value - rest[k]!));
    const planes = solveCliques(cliques, sides);
    for (const [side, [row]] of own.entries()) {
      const [mean, difference, plane] = [means[side]!, sides[side]!, planes[side]!];
      let shift = 0;
      for (const [k, place] of places.entries()) {
        const value = plane[k]!;
        weights[row * rowLength + place] = value;
        distances += value * difference[k]!;
        shift -= 0.5 * value * (mean[k]! + rest[k]!);
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

/** A part with the landmarks above it, whose covariance is whole, and how often its inverse counts. */
interface Clique {
  readonly part: Part;
  readonly factor: Float64Array;
  readonly times: number;
}

/** Right-hand sides times the inverse of the covariance that the cliques stand for. */
function solveCliques(
  cliques: readonly Clique[],
  sides: readonly Float64Array[],
): readonly Float64Array[] {
  const solved = sides.map(({ length }) => new Float64Array(length));
  for (const { part, factor, times } of cliques) {
    const { above, from, to } = part;
    const own = sides.map((side) => gather(part, side));
    solveCholeskyMany(factor, own);
    for (const [side, values] of own.entries()) {
      const sum = solved[side]!;
      for (let k = 0; k < above; k++) sum[k] = sum[k]! + times * values[k]!;
      for (let k = from; k < to; k++) sum[k] = sum[k]! + times * values[above + k - from]!;
    }
  }
  return solved;
}

/**
 * The Cholesky factors of the cliques' covariances, shrunk towards their diagonal.
 *
 * Rounding that is left of rows which were taken out, or of very many changes, can outweigh what is in it and
 * leave it indefinite. It is shrunk more then, if need be to its diagonal: an update does not fail for that.
 */
function* factorCliques(
  scatter: Scatter,
  { least: shareLeast = 0, most }: ShareBounds,
): Generator<void, Clique[]> {
  const parts = covarianceOf(scatter);
  yield;
  const least = parts.map((part) => leastVariance(scatter, part));
  const enough = Math.max(shareLeast, oracleShare(parts, scatter.weight));
  for (let share = Math.min(most, enough); ; share = Math.min(1, 10 * share)) {
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

/** A part's rows of the covariance. */
type CovariancePart = Part & CovarianceRows;

function covarianceOf(scatter: Scatter): CovariancePart[] {
  const total = scatter.weight > 0 ? scatter.weight : 1;
  const loaded = scatter.loaded();
  return partsOf(scatter.layout).map((part, i) => ({
    ...part,
    covariance: loaded[i]!.map((value) => value / total),
  }));
}

/** Part by part, so that landmarks come out the same in every clique. */
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

/** Least variance of a feature of a part: one that never varied must not count for everything. */
function leastVariance(
  { classes, background, weight }: Scatter,
  { places, above, from, to, covariance }: CovariancePart,
): number {
  let variance = 0;
  for (let i = 1; i <= places.length; i++) {
    variance += Math.max(0, covariance[rowsLength(i, above) - 1]!);
  }
  // Where every group has a single row nothing varies, and what its features are has to do.
  let square = 0;
  for (const group of [...classes.values(), background]) {
    if (!(group.weight > 0)) continue;
    let own = 0;
    for (let i = from; i < to; i++) own += group.sums[i]! ** 2;
    square += own / group.weight / weight;
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
