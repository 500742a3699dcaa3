import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import type { ClassMoments } from './class-moments.ts';
import type { Gram } from '../../foundation/linear-algebra/gram.ts';

/** Share of the total weight below which a remainder is float32 rounding error. */
export const roundingWeight = 1e-6;

/**
 * Second moments about the mean of each row's class, background being one more class, summed over
 * all classes: packed lower triangle without the constant. Yields every few milliseconds.
 */
export function* withinScatter(moments: ClassMoments<Gram>): Generator<void, Float64Array> {
  const within = moments.all.values.slice(0, packedLength(moments.features));
  yield* addMeans(within, moments, -1);
  return within;
}

/** Adds n·μ·μᵀ of every class and of background to a packed triangle, or subtracts it, in place. */
export function* addMeans(
  triangle: Float64Array,
  moments: ClassMoments<Gram>,
  sign: 1 | -1,
): Generator<void, void> {
  const { features, all } = moments;
  const classSums = [...moments.sums()].map(({ features: sums }) => sums);
  for (const sums of [...classSums, backgroundSums(moments)]) {
    const weight = sums[features]!;
    if (!(weight > roundingWeight * all.weight)) continue;
    let offset = 0;
    for (let i = 0; i < features; i++) {
      const share = (sign * sums[i]!) / weight;
      if (share !== 0) {
        for (let j = 0; j <= i; j++) {
          triangle[offset + j] = triangle[offset + j]! + share * sums[j]!;
        }
      }
      offset += i + 1;
    }
    yield;
  }
}

/** Feature sums of everything that belongs to no class; the last value is the weight. */
export function backgroundSums(moments: ClassMoments): Float64Array {
  const background = moments.all.sums();
  const classes = moments.ofAnyClass().features;
  for (let i = 0; i < background.length; i++) background[i] = background[i]! - classes[i]!;
  return background;
}
