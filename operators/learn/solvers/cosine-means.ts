import type { LinearLayer } from '../../detect/heads/head.ts';
import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import { Gram } from '../../foundation/linear-algebra/gram.ts';
import type { RowSums } from '../../foundation/linear-algebra/row-sums.ts';
import type { ClassMoments } from '../statistics/class-moments.ts';
import { varianceFloor } from '../statistics/within-covariance.ts';
import { backgroundSums, roundingWeight } from '../statistics/within-scatter.ts';
import { ownLogit } from './nearest-means.ts';

/**
 * The nearest-mean classifier by cosine of standardised values, as a layer for softmax: a class's
 * logit is the cosine of a row to the class mean, less that to the background mean, over a
 * temperature common to all classes.
 *
 * Values are standardised by the mean and deviation of all rows together. Without background its
 * cosine is 0. A class without rows gets weights of zero. Yields every few milliseconds.
 */
export function* cosineMeans(
  moments: ClassMoments<Gram> | ClassMoments<RowSums>,
  classes: readonly string[],
): Generator<void, LinearLayer> {
  const { features } = moments;
  const { mean, scale } = standardOf(moments);
  const background = directionOf(backgroundSums(moments), mean, scale, moments);
  const directions = classes.map((name) => {
    const sums = moments.of(name);
    return sums === undefined ? null : directionOf(sums.features, mean, scale, moments);
  });
  yield;
  let logits = 0;
  let measured = 0;
  for (const direction of directions) {
    if (direction === null) continue;
    let towards = 0;
    for (let i = 0; i < features; i++) {
      towards += direction.values[i]! * (background?.values[i] ?? 0);
    }
    // The squared norm of a standardised row is the number of features, on average.
    logits += (direction.norm * (1 - towards)) / Math.sqrt(features);
    measured++;
  }
  const temperature = logits > 0 ? (ownLogit * measured) / logits : 0;
  const weights = new Float32Array(classes.length * features);
  for (const [row, direction] of directions.entries()) {
    if (direction === null) continue;
    for (let i = 0; i < features; i++) {
      const difference = direction.values[i]! - (background?.values[i] ?? 0);
      weights[row * features + i] = temperature * difference;
    }
    yield;
  }
  const lift = {
    kind: 'standard',
    mean: Float32Array.from(mean),
    scale: Float32Array.from(scale),
  } as const;
  return { weights, bias: new Float32Array(classes.length), length: features, lift };
}

/** Mean of every value over all rows, and one over its deviation. */
function standardOf({ features, all }: ClassMoments<Gram> | ClassMoments<RowSums>) {
  const sums = all.sums();
  const squares = all instanceof Gram ? diagonalOf(all) : all.squares();
  const weight = sums[features]!;
  const mean = sums.subarray(0, features).map((sum) => (weight > 0 ? sum / weight : 0));
  const variances = mean.map((value, i) => {
    return weight > 0 ? Math.max(0, squares[i]! / weight - value * value) : 0;
  });
  const square = squares.reduce((sum, value) => sum + value, 0) / Math.max(weight, 1);
  const variance = variances.reduce((sum, value) => sum + value, 0);
  // A single row has no variance: its values then count by their size.
  const least = (varianceFloor * Math.max(variance, 1e-3 * square)) / features;
  const scale = variances.map((value) => {
    const floored = Math.max(least, value);
    return floored > 0 ? 1 / Math.sqrt(floored) : 1;
  });
  return { mean, scale };
}

function diagonalOf({ size, values }: Gram): Float64Array {
  return Float64Array.from({ length: size - 1 }, (_, i) => values[packedLength(i + 1) - 1]!);
}

/** Direction of a mean among standardised values; null for a mean of no rows or of all rows. */
function directionOf(
  sums: Float64Array,
  mean: Float64Array,
  scale: Float64Array,
  moments: ClassMoments,
): { readonly values: Float64Array; readonly norm: number } | null {
  const weight = sums.at(-1)!;
  // A smaller weight is rounding error.
  if (!(weight > roundingWeight * moments.all.sums().at(-1)!)) return null;
  const values = mean.map((value, i) => (sums[i]! / weight - value) * scale[i]!);
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  if (!(norm > 0)) return null;
  return { values: values.map((value) => value / norm), norm };
}
