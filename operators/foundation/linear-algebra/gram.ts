import { accumulate, accumulatedAtOnce } from './accumulate.ts';
import { packedLength } from './cholesky.ts';

/**
 * Weighted second moments Σ w·x·xᵀ of feature rows, each with a constant 1 appended, in float64.
 *
 * Sums are independent of the order of rows, and adding a row with the negative weight removes it,
 * both up to rounding (relative error about 1e-13). The last row of the triangle holds Σ w·x and
 * Σ w.
 */
export class Gram {
  /** Features and the constant. */
  readonly size: number;
  /** Packed lower triangle. */
  readonly values: Float64Array;
  #rows: number;

  constructor(features: number, values?: Float64Array, rows = 0) {
    this.size = features + 1;
    this.values = values ?? new Float64Array(packedLength(this.size));
    this.#rows = rows;
  }

  /** Rows added minus rows removed. */
  get rows(): number {
    return this.#rows;
  }

  /** Σ w. */
  get weight(): number {
    return this.values.at(-1)!;
  }

  clone(): Gram {
    return new Gram(this.size - 1, this.values.slice(), this.#rows);
  }

  /** Moments of the same features that own `values`. */
  refilled(values: Float64Array, rows: number): Gram {
    return new Gram(this.size - 1, values, rows);
  }

  /** The moments of the first `features` features alone. */
  leading(features: number): Gram {
    const kept = packedLength(features);
    const values = new Float64Array(packedLength(features + 1));
    values.set(this.values.subarray(0, kept));
    values.set(this.sums().subarray(0, features), kept);
    values[values.length - 1] = this.weight;
    return new Gram(features, values, this.#rows);
  }

  /** Adds rows × features values, all with the same weight; a negative weight removes rows. */
  add(rows: Float32Array, weight: number): void {
    const features = this.size - 1;
    const count = rows.length / features;
    const x = Array.from({ length: accumulatedAtOnce }, () => new Float64Array(this.size));
    const weights = new Float64Array(accumulatedAtOnce);
    for (let first = 0; first < count; first += accumulatedAtOnce) {
      for (const [lane, values] of x.entries()) {
        const row = first + lane;
        weights[lane] = row < count ? weight : 0;
        if (row >= count) continue;
        values.set(rows.subarray(row * features, (row + 1) * features));
        values[features] = 1;
      }
      accumulate(this.values, this.size, x, weights);
    }
    this.#rows += Math.sign(weight) * count;
    // Rounding errors of removed rows must not affect later ones.
    if (this.#rows === 0) this.values.fill(0);
  }

  /**
   * Adds the moments of rows that all lie at their mean, or subtracts them for a `sign` of -1,
   * without counting them as rows. `sums` is Σ w·x of these rows and `weight`, above 0, their Σ w.
   */
  addMass(sums: Float64Array, weight: number, sign: 1 | -1): void {
    const point = new Float64Array(this.size).fill(1);
    for (const [i, sum] of sums.entries()) point[i] = sum / weight;
    accumulate(this.values, this.size, [point], Float64Array.of(sign * weight));
  }

  /** A copy of Σ w·x, with Σ w as the last value. */
  sums(): Float64Array {
    return this.values.slice(-this.size);
  }
}

/** Strength of the regularisation of weights towards 0. */
export interface Penalty {
  /** Above 0. */
  readonly lambda: number;
  /**
   * `mean`: λ times the mean of the diagonal, the same for all features. `variance`: λ times each
   * feature's own variance.
   */
  readonly per: 'mean' | 'variance';
}

/**
 * Adds a penalty to the diagonal of a {@link Gram}'s packed moments of size n, in place, which
 * makes them positive definite.
 */
export function addPenalty(values: Float64Array, n: number, { lambda, per }: Penalty): void {
  if (per === 'mean') addMean(values, n, lambda);
  else addVariances(values, n, lambda);
}

function addMean(values: Float64Array, n: number, lambda: number): void {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += values[packedLength(i + 1) - 1]!;
  const ridge = trace > 0 ? (lambda * trace) / n : 1;
  for (let i = 0; i < n; i++) {
    const diagonal = packedLength(i + 1) - 1;
    values[diagonal] = values[diagonal]! + ridge;
  }
}

/**
 * Equivalent to ridge regression on standardised features; the constant, which comes last, is not
 * penalised. A feature without variance gets a hundredth of the mean penalty, so that the matrix
 * can be factored from the first row on.
 */
function addVariances(values: Float64Array, n: number, lambda: number): void {
  const sums = values.length - n;
  const weight = values.at(-1)!;
  const variances = new Float64Array(n - 1);
  let total = 0;
  let trace = 0;
  for (let i = 0; i < n - 1; i++) {
    const moment = values[packedLength(i + 1) - 1]!;
    const mean = weight > 0 ? values[sums + i]! / weight : 0;
    variances[i] = Math.max(0, moment - weight * mean * mean);
    total += variances[i]!;
    trace += moment;
  }
  const typical = Math.max(total, 1e-3 * trace) / Math.max(1, n - 1);
  for (let i = 0; i < n - 1; i++) {
    const diagonal = packedLength(i + 1) - 1;
    const ridge = lambda * Math.max(variances[i]!, typical / 100);
    values[diagonal] = values[diagonal]! + (ridge > 0 ? ridge : 1);
  }
  // Keeps the constant's pivot positive when all rows are equal.
  values[values.length - 1] = weight > 0 ? weight * (1 + 1e-9) : 1;
}
