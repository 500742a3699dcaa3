import { accumulate, accumulatedAtOnce } from '../../foundation/linear-algebra/accumulate.ts';
import {
  factorCholesky,
  packedLength,
  solveCholesky,
} from '../../foundation/linear-algebra/cholesky.ts';

/** A kernel ridge regression on Nyström centres. */
export interface NystromTask {
  /** K_nm, rows × centres: the kernel of every training row with every centre. */
  readonly kernels: Float64Array;
  /** K_mm, packed lower triangle: the kernel of the centres with each other. */
  readonly centres: Float64Array;
  /** One value per row. */
  readonly targets: Float64Array;
  /** Penalty, above 0, per row. */
  readonly lambda: number;
}

/**
 * Added to the diagonal, as a share of its mean: centres that are equal leave the solution
 * undetermined, and rounding is some 1e-14 of it.
 */
const jitter = 1e-10;
/** Products summed between two pauses: a few milliseconds. */
const productsPerPause = 5e6;

/**
 * The coefficients α, one per centre, that minimise ‖K_nm·α − y‖² / n + λ·αᵀ·K_mm·α: those of
 * (K_nmᵀ·K_nm + λ·n·K_mm)·α = K_nmᵀ·y. Equation (8) of "FALKON: an optimal large scale kernel
 * method", Rudi, Carratino and Rosasco, 2017.
 *
 * FALKON comes to this minimiser by conjugate gradients with a preconditioner, for which n × m
 * kernel values need not fit into memory. Here they do, so that the system is solved directly, by
 * Cholesky in float64. Yields every few milliseconds.
 *
 * @throws {RangeError} if the kernel values are those of no positive definite kernel.
 */
export function* solveNystromRidge(task: NystromTask): Generator<void, Float64Array> {
  const { kernels, centres, targets, lambda } = task;
  const rows = targets.length;
  const size = kernels.length / rows;
  const matrix = new Float64Array(packedLength(size));
  const alpha = new Float64Array(size);
  const ones = new Float64Array(accumulatedAtOnce).fill(1);
  for (let first = 0, products = 0; first < rows; first += accumulatedAtOnce) {
    const block: Float64Array[] = [];
    for (let row = first; row < Math.min(first + accumulatedAtOnce, rows); row++) {
      const values = kernels.subarray(row * size, (row + 1) * size);
      const target = targets[row]!;
      for (let i = 0; i < size; i++) alpha[i] = alpha[i]! + target * values[i]!;
      block.push(values);
    }
    accumulate(matrix, size, block, ones);
    products += block.length * matrix.length;
    if (products < productsPerPause) continue;
    products = 0;
    yield;
  }
  for (let i = 0; i < matrix.length; i++) matrix[i] = matrix[i]! + lambda * rows * centres[i]!;
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[packedLength(i + 1) - 1]!;
  for (let i = 0; i < size; i++) {
    const diagonal = packedLength(i + 1) - 1;
    matrix[diagonal] = matrix[diagonal]! + (jitter * trace) / size;
  }
  yield* factorCholesky(matrix, size);
  solveCholesky(matrix, alpha);
  return alpha;
}
