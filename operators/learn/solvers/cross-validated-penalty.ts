import { factorCholesky, solveCholesky } from '../../foundation/linear-algebra/cholesky.ts';
import { addPenalty, type Gram } from '../../foundation/linear-algebra/gram.ts';
import { seededRandom } from '../../foundation/numbers/seeded-random.ts';
import type { ClassMoments, ClassSums } from '../statistics/class-moments.ts';

/** Features that the choice is made with: the penalty is a share of their mean second moment. */
const featuresMax = 1024;
/** Random vectors that estimate a trace. */
const probes = 8;

/**
 * Chooses a penalty of ridge regression from `lambdas`, in mean second moments, by generalised
 * cross-validation: the mean squared error divided by the squared share of the rows that the
 * regression is not free to fit. Estimates leave-one-out error from sums alone.
 *
 * "Generalized cross-validation as a method for choosing a good ridge parameter", Golub, Heath and
 * Wahba, 1979, with Hutchinson's estimate of the trace, from seeded vectors. Yields every few
 * milliseconds.
 */
export function* crossValidated(
  moments: ClassMoments<Gram>,
  classes: readonly string[],
  lambdas: readonly number[],
): Generator<void, number> {
  const features = Math.min(featuresMax, moments.features);
  const few = features < moments.features ? moments.leading(features) : moments;
  const sums = classes.flatMap((name) => few.of(name) ?? []);
  let best = { lambda: lambdas[0]!, error: Infinity };
  for (const lambda of lambdas) {
    const error = yield* errorOf(few.all, sums, lambda);
    if (error < best.error) best = { lambda, error };
  }
  return best.lambda;
}

function* errorOf(
  all: Gram,
  classes: readonly Readonly<ClassSums>[],
  lambda: number,
): Generator<void, number> {
  const { size, values, weight } = all;
  const factor = values.slice();
  addPenalty(factor, size, { lambda, per: 'mean' });
  yield* factorCholesky(factor, size);
  let squares = 0;
  for (const { features, squares: targets } of classes) {
    const plane = features.slice();
    solveCholesky(factor, plane);
    // ‖t − X·p‖² = Σ t² − 2·pᵀ·Xᵀt + pᵀ·G·p
    squares += targets - 2 * dot(plane, features) + dot(plane, multiply(values, plane));
    yield;
  }
  const random = seededRandom(1);
  let freedom = 0;
  for (let probe = 0; probe < probes; probe++) {
    const signs = Float64Array.from({ length: size }, () => (random() < 0.5 ? -1 : 1));
    const solved = signs.slice();
    solveCholesky(factor, solved);
    freedom += dot(multiply(values, signs), solved) / probes;
    yield;
  }
  const left = 1 - freedom / weight;
  return left > 0 ? squares / weight / left ** 2 : Infinity;
}

/** Product of a packed symmetric matrix and a vector. */
function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const product = new Float64Array(vector.length);
  let at = 0;
  for (let i = 0; i < vector.length; i++) {
    let sum = 0;
    for (let j = 0; j < i; j++, at++) {
      sum += matrix[at]! * vector[j]!;
      product[j] = product[j]! + matrix[at]! * vector[i]!;
    }
    product[i] = product[i]! + sum + matrix[at++]! * vector[i]!;
  }
  return product;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
