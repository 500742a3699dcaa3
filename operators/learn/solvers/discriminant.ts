import type { LinearLayer } from '../../detect/heads/head.ts';
import { factorCholesky } from '../../foundation/linear-algebra/cholesky.ts';
import {
  type FactorRows,
  sidesAtOnce,
  solveLower,
  solveUpper,
} from '../../foundation/linear-algebra/four-sides.ts';
import type { GroupSums } from '../statistics/scatter-contents.ts';
import { partsOf, placesOf, type ScatterPart } from '../statistics/scatter-layout.ts';
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

/** Classes solved together, a multiple of {@link sidesAtOnce}: a pause per block, of about 3 ms. */
const solvedAtOnce = 32;

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
  const { rowLength } = scatter.layout;
  const factors = yield* factorParts(scatter, bounds);
  const weights = new Float32Array(classes.length * rowLength);
  const shifts = new Float64Array(classes.length);
  let distances = 0;
  const known = [...classes.entries()].flatMap(([row, name]) => {
    const group = scatter.classes.get(name);
    return group !== undefined && group.weight > 0 ? [{ row, group }] : [];
  });
  const places = Uint16Array.from(placesOf(scatter.layout));
  const backgroundMean = meanOf(scatter.background);
  const fours = Array.from({ length: solvedAtOnce / sidesAtOnce }, () => ({
    differences: new Float64Array(sidesAtOnce * places.length),
    planes: new Float64Array(sidesAtOnce * places.length),
  }));
  for (let first = 0; first < known.length; first += solvedAtOnce) {
    const groups = known.slice(first, first + solvedAtOnce);
    const used = fours.slice(0, Math.ceil(groups.length / sidesAtOnce));
    for (const [i, { group }] of groups.entries()) {
      const { differences } = used[Math.floor(i / sidesAtOnce)]!;
      setDifference(differences, i % sidesAtOnce, group, backgroundMean);
    }
    for (const { differences, planes } of used) planes.set(differences);
    yield* solveFactors(
      factors,
      used.map(({ planes }) => planes),
    );
    for (const [i, { row }] of groups.entries()) {
      const four = used[Math.floor(i / sidesAtOnce)]!;
      const start = row * rowLength;
      const plane = weights.subarray(start, start + rowLength);
      const { distance, shift } = takePlane(four, i % sidesAtOnce, backgroundMean, places, plane);
      distances += distance;
      shifts[row] = shift;
    }
    yield;
  }
  // Half a squared distance is the mean logit of a class's own rows.
  const scale = distances > 0 ? ownLogit / (distances / known.length / 2) : 0;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * scale;
  const bias = new Float32Array(classes.length).fill(absentLogit);
  for (const { row } of known) bias[row] = shifts[row]! * scale - backgroundLogit;
  return { weights, bias, length: rowLength };
}

/** Four sides of all kept features: the four values of a feature lie one after another. */
interface Four {
  /** Class means less the background mean. */
  readonly differences: Float64Array;
  /** The same, multiplied by the inverse of the covariance. */
  readonly planes: Float64Array;
}

/** Writes one of four differences from the background mean. */
function setDifference(
  differences: Float64Array,
  side: number,
  { sums, weight }: GroupSums,
  backgroundMean: Float64Array,
): void {
  for (let k = 0, at = side; k < sums.length; k++, at += sidesAtOnce) {
    differences[at] = sums[k]! / weight - backgroundMean[k]!;
  }
}

/**
 * Copies one of four planes to the places of its features in a row. Returns the squared distance
 * between the class and background, and the logit at 0.
 */
function takePlane(
  { differences, planes }: Four,
  side: number,
  backgroundMean: Float64Array,
  places: Uint16Array,
  row: Float32Array,
): { readonly distance: number; readonly shift: number } {
  let distance = 0;
  let shift = 0;
  for (let k = 0, at = side; k < places.length; k++, at += sidesAtOnce) {
    const value = planes[at]!;
    row[places[k]!] = value;
    distance += value * differences[at]!;
    shift -= value * (0.5 * differences[at]! + backgroundMean[k]!);
  }
  return { distance, shift };
}

/** The rows of one part in the Cholesky factor of the covariance. */
interface FactoredPart {
  readonly part: ScatterPart;
  readonly rows: FactorRows;
}

/**
 * Multiplies right-hand sides by the inverse of the covariance, in place. `planes` are of all kept
 * features, four sides each.
 *
 * The factor of a clique begins with that of the landmarks, which is thus solved once for all
 * blocks.
 */
function* solveFactors(
  [landmarks, ...blocks]: readonly FactoredPart[],
  planes: readonly Float64Array[],
): Generator<void, void> {
  const above = sidesAtOnce * landmarks!.rows.size;
  solveLower(landmarks!.rows, planes);
  const lower = planes.map((plane) => plane.slice(0, above));
  for (const { part, rows } of blocks) {
    const [from, to] = [sidesAtOnce * part.from, sidesAtOnce * part.to];
    const sides = planes.map((plane, i) => {
      const values = new Float64Array(sidesAtOnce * rows.size);
      values.set(lower[i]!);
      values.set(plane.subarray(from, to), above);
      return values;
    });
    solveLower(rows, sides);
    yield;
    for (const [i, plane] of planes.entries()) sides[i]!.set(plane.subarray(0, above));
    solveUpper(rows, sides);
    yield;
    for (const [i, plane] of planes.entries()) {
      plane.set(sides[i]!.subarray(0, above));
      plane.set(sides[i]!.subarray(above), from);
    }
  }
  solveUpper(landmarks!.rows, planes);
}

/**
 * The Cholesky factor of the cliques' covariances, shrunk towards their diagonal, part by part.
 *
 * Rounding errors left by removed rows, or by very many changes, can make a covariance indefinite.
 * It is then shrunk more, down to its diagonal if necessary, so that the update still succeeds.
 */
function* factorParts(
  scatter: Scatter,
  { least: shareLeast = 0, most }: ShareBounds,
): Generator<void, FactoredPart[]> {
  const parts = covarianceOf(scatter);
  yield;
  const least = parts.map((part) => leastVariance(scatter, part));
  const estimate = Math.max(shareLeast, oracleShrinkage(parts, scatter.weight));
  for (let share = Math.min(most, estimate); ; share = Math.min(1, 10 * share)) {
    const [landmarks, ...blocks] = parts.map((part, i) => shrink(part, share, least[i]!));
    try {
      const factors: FactoredPart[] = [];
      for (const [i, own] of blocks.entries()) {
        const part = parts[i + 1]!;
        const size = part.above + part.places.length;
        const clique = new Float64Array(landmarks!.length + own.length);
        clique.set(landmarks!);
        clique.set(own, landmarks!.length);
        yield* factorCholesky(clique, size);
        const values = clique.subarray(landmarks!.length);
        factors.push({ part, rows: { values, first: part.above, size } });
      }
      const size = parts[0]!.places.length;
      yield* factorCholesky(landmarks!, size);
      return [{ part: parts[0]!, rows: { values: landmarks!, first: 0, size } }, ...factors];
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

function meanOf({ weight, sums }: GroupSums): Float64Array {
  return Float64Array.from(sums, (sum) => (weight > 0 ? sum / weight : 0));
}
