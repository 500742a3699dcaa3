import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import type { ClassMoments } from './class-moments.ts';
import type { Gram } from '../../foundation/linear-algebra/gram.ts';

/** Share of a weight below which what is left of it is what float32 rounds. */
export const roundingWeight = 1e-6;

/**
 * Second moments about the mean of the class that rows belong to, background being one more, summed over all: packed lower
 * triangle without the constant. Yields every few milliseconds.
 */
export function* withinScatter(moments: ClassMoments<Gram>): Generator<void, Float64Array> {
  const within = moments.all.values.slice(0, packedLength(moments.features));
  yield* addMeans(within, moments, -1);
  return within;
}

/** Adds n·μ·μᵀ of every class and of background to a packed triangle, or takes it out, in place. */
export function* addMeans(
  triangle: Float64Array,
  moments: ClassMoments<Gram>,
  sign: 1 | -1,
): Generator<void, void> {
  const { features, all } = moments;
  const groups = [...moments.sums()].map(({ features: sums }) => sums);
  for (const sums of [...groups, restSums(moments)]) {
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

/** Sums of what belongs to no class, their last value the weight. */
export function restSums(moments: ClassMoments): Float64Array {
  const rest = moments.all.sums();
  const any = moments.ofAnyClass().features;
  for (let i = 0; i < rest.length; i++) rest[i] = rest[i]! - any[i]!;
  return rest;
}
