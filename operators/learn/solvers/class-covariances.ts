import type { LinearLayer } from '../../detect/heads/head.ts';
import { pairedLength } from '../../detect/heads/lift.ts';
import {
  factorCholesky,
  packedLength,
  solveCholesky,
} from '../../foundation/linear-algebra/cholesky.ts';
import type { Gram } from '../../foundation/linear-algebra/gram.ts';
import type { ClassScatters } from '../statistics/class-scatters.ts';
import { varianceFloor } from '../statistics/within-covariance.ts';
import { ownLogit } from './nearest-means.ts';

/** Squared distance to a mean, (x − mean)ᵀ·inverse·(x − mean), in standardised values. */
interface Distance {
  readonly mean: Float64Array;
  /** Packed lower triangle. */
  readonly inverse: Float64Array;
}

/**
 * Least mean variance of a class, as a share of the common one: rows that are all alike have none.
 */
const varianceLeast = 1e-3;
/** Columns of an inverse that are solved between two pauses. */
const columnsAtOnce = 32;

/**
 * Mahalanobis distances with a covariance for each class, as a layer over the values and their
 * pairs (`Lift`'s `pairs`) for softmax: a class's logit is half the squared distance to background
 * minus half that to the class, over a temperature common to all classes.
 *
 * Values are divided by their deviation about the class means first. Each covariance C is shrunk to
 * C + γ·v₁·I + γ·v₂·(1 − I), where v₁ and v₂ are its mean variance and mean covariance (at least
 * 0), and then scaled to correlations, so that distances of different classes compare. Background
 * without rows is the origin with independent values. A class without rows gets weights of zero.
 * Yields every few milliseconds.
 */
export function* classCovariances(
  scatters: ClassScatters,
  classes: readonly string[],
  gamma: number,
): Generator<void, LinearLayer> {
  const { features } = scatters;
  const spread = yield* commonSpread(scatters, classes);
  const background = yield* distanceOf(scatters.of(null)?.moments, spread, gamma);
  const width = pairedLength(features);
  const weights = new Float32Array(classes.length * width);
  const bias = new Float32Array(classes.length);
  let logits = 0;
  let measured = 0;
  for (const [row, name] of classes.entries()) {
    const moments = scatters.of(name)?.moments;
    if (moments === undefined || !(moments.weight > 0)) continue;
    const own = yield* distanceOf(moments, spread, gamma);
    const plane = difference(background, own, spread);
    bias[row] = plane.bias;
    weights.set(plane.weights, row * width);
    logits += meanLogit(plane, moments);
    measured++;
    yield;
  }
  const temperature = logits > 0 ? (ownLogit * measured) / logits : 0;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! * temperature;
  for (let i = 0; i < bias.length; i++) bias[i] = bias[i]! * temperature;
  return { weights, bias, length: width };
}

/** Deviations about the means of classes and background together, all above 0. */
function* commonSpread(
  scatters: ClassScatters,
  classes: readonly string[],
): Generator<void, Float64Array> {
  const { features } = scatters;
  const total = new Float64Array(features);
  let weight = 0;
  let square = 0;
  for (const name of [...classes, null]) {
    const moments = scatters.of(name)?.moments;
    if (moments === undefined || !(moments.weight > 0)) continue;
    const sums = moments.sums();
    weight += moments.weight;
    for (let i = 0; i < features; i++) {
      const moment = moments.values[packedLength(i + 1) - 1]!;
      square += moment;
      total[i] = total[i]! + Math.max(0, moment - sums[i]! ** 2 / moments.weight);
    }
    yield;
  }
  const all = total.reduce((sum, value) => sum + value, 0);
  const least = (varianceFloor * Math.max(all, 1e-6 * square)) / features;
  return total.map((value) => {
    const floored = Math.max(least, value) / Math.max(weight, 1);
    return floored > 0 ? Math.sqrt(floored) : 1;
  });
}

function* distanceOf(
  moments: Gram | undefined,
  spread: Float64Array,
  gamma: number,
): Generator<void, Distance> {
  const features = spread.length;
  const mean = new Float64Array(features);
  const matrix = new Float64Array(packedLength(features));
  const has = moments !== undefined && moments.weight > 0;
  if (has) {
    const sums = moments.sums();
    for (let i = 0; i < features; i++) mean[i] = sums[i]! / moments.weight / spread[i]!;
    let at = 0;
    for (let i = 0; i < features; i++) {
      for (let j = 0; j <= i; j++, at++) {
        const moment = moments.values[at]! / moments.weight / (spread[i]! * spread[j]!);
        matrix[at] = moment - mean[i]! * mean[j]!;
      }
    }
  }
  toCorrelations(matrix, features, gamma);
  yield;
  yield* factorCholesky(matrix, features);
  const inverse = new Float64Array(matrix.length);
  const column = new Float64Array(features);
  for (let i = 0; i < features; i++) {
    column.fill(0);
    column[i] = 1;
    solveCholesky(matrix, column);
    inverse.set(column.subarray(0, i + 1), packedLength(i));
    if (i % columnsAtOnce === columnsAtOnce - 1) yield;
  }
  return { mean, inverse };
}

/** Shrinks a covariance and scales it to correlations, in place. */
function toCorrelations(matrix: Float64Array, features: number, gamma: number): void {
  let variance = 0;
  let between = 0;
  let at = 0;
  for (let i = 0; i < features; i++) {
    for (let j = 0; j < i; j++) between += matrix[at++]!;
    variance += matrix[at++]!;
  }
  const onDiagonal = gamma * Math.max(varianceLeast, variance / features);
  const off = (gamma * Math.max(0, between)) / Math.max(1, matrix.length - features);
  const deviations = Float64Array.from({ length: features }, (_, i) =>
    Math.sqrt(Math.max(0, matrix[packedLength(i + 1) - 1]!) + onDiagonal),
  );
  at = 0;
  for (let i = 0; i < features; i++) {
    for (let j = 0; j < i; j++, at++) {
      matrix[at] = (matrix[at]! + off) / (deviations[i]! * deviations[j]!);
    }
    matrix[at++] = 1;
  }
}

interface Plane {
  /** Over values, then over their pairs. */
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Half of one squared distance minus half of another, over values that are not standardised. */
function difference(from: Distance, to: Distance, spread: Float64Array): Plane {
  const features = spread.length;
  const weights = new Float64Array(pairedLength(features));
  let bias = 0;
  for (const [{ mean, inverse }, sign] of [
    [from, 0.5],
    [to, -0.5],
  ] as const) {
    let at = 0;
    for (let i = 0; i < features; i++) {
      for (let j = 0; j <= i; j++, at++) {
        // An entry off the diagonal stands for two.
        const value = sign * inverse[at]! * (i === j ? 1 : 2);
        const pair = features + at;
        weights[pair] = weights[pair]! + value / (spread[i]! * spread[j]!);
        weights[i] = weights[i]! - (value * mean[j]!) / spread[i]!;
        weights[j] = weights[j]! - (value * mean[i]!) / spread[j]!;
        bias += value * mean[i]! * mean[j]!;
      }
    }
  }
  return { weights, bias };
}

/** Mean output over the rows of some moments. */
function meanLogit({ weights, bias }: Plane, moments: Gram): number {
  const sums = moments.sums();
  const features = sums.length - 1;
  const pairs = packedLength(features);
  let total = bias * moments.weight;
  for (let i = 0; i < features; i++) total += weights[i]! * sums[i]!;
  for (let i = 0; i < pairs; i++) total += weights[features + i]! * moments.values[i]!;
  return total / moments.weight;
}
