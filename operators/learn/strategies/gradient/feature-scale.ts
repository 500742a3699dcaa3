import type { LinearLayer } from '../../../detect/heads/head.ts';

/**
 * Share of the mean variance added to every feature, so that one with little variance so far is not
 * amplified.
 */
const varianceFloor = 0.01;

/**
 * Mean and variance of every feature over all rows so far. Immutable.
 *
 * Gradient descent is fast only if features have similar scales. A layer is trained over
 * standardised features, with its bias as the weight of a constant, and converted back afterwards
 * without changing the function it computes. Running sums: "Updating formulae and a pairwise
 * algorithm for computing sample variances", Chan, Golub and LeVeque, 1979.
 */
export class FeatureScale {
  readonly count: number;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly #deviation: Float64Array;

  constructor(
    length: number,
    count = 0,
    mean = new Float32Array(length),
    variance = new Float32Array(length),
  ) {
    this.count = count;
    this.mean = mean;
    this.variance = variance;
    const floor = (varianceFloor * variance.reduce((sum, value) => sum + value, 0)) / length;
    this.#deviation = Float64Array.from(variance, (value) => Math.sqrt(value + floor) || 1);
  }

  get length(): number {
    return this.mean.length;
  }

  get bytes(): number {
    return this.mean.byteLength + this.variance.byteLength;
  }

  /** Standard deviation of every feature, above 0. */
  get deviation(): Float64Array {
    return this.#deviation;
  }

  /** The scale with more rows: every `stride`-th of each block. */
  with(blocks: readonly Float32Array[], stride = 1): FeatureScale {
    const { length } = this;
    let count = 0;
    const sum = new Float64Array(length);
    const squares = new Float64Array(length);
    for (const block of blocks) {
      for (let start = 0; start < block.length; start += stride * length) {
        for (let i = 0; i < length; i++) {
          const value = block[start + i]! - this.mean[i]!;
          sum[i] = sum[i]! + value;
          squares[i] = squares[i]! + value * value;
        }
        count++;
      }
    }
    if (count === 0) return this;
    const total = this.count + count;
    const shift = (i: number) => sum[i]! / total;
    return new FeatureScale(
      length,
      total,
      this.mean.map((mean, i) => mean + shift(i)),
      this.variance.map((variance, i) =>
        Math.max(0, (variance * this.count + squares[i]!) / total - shift(i) ** 2),
      ),
    );
  }

  /** Standardises the `length` values at index `at`, in place, and writes a 1 after them. */
  apply(values: Float32Array, at: number): void {
    const { length, mean } = this;
    const deviation = this.#deviation;
    for (let i = 0; i < length; i++) {
      values[at + i] = (values[at + i]! - mean[i]!) / deviation[i]!;
    }
    values[at + length] = 1;
  }

  /** Converts a layer to standardised features: rows of weights, bias last. */
  standardise({ weights, bias }: LinearLayer): Float32Array {
    const { length, mean } = this;
    const scaled = new Float32Array(bias.length * (length + 1));
    for (let row = 0; row < bias.length; row++) {
      let shift = bias[row]!;
      for (let i = 0; i < length; i++) {
        const weight = weights[row * length + i]!;
        scaled[row * (length + 1) + i] = weight * this.#deviation[i]!;
        shift += weight * mean[i]!;
      }
      scaled[row * (length + 1) + length] = shift;
    }
    return scaled;
  }

  /** The inverse of {@link standardise}. */
  unstandardise(scaled: Float32Array): LinearLayer {
    const { length, mean } = this;
    const rows = scaled.length / (length + 1);
    const weights = new Float32Array(rows * length);
    const bias = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      let shift = scaled[row * (length + 1) + length]!;
      for (let i = 0; i < length; i++) {
        const weight = scaled[row * (length + 1) + i]! / this.#deviation[i]!;
        weights[row * length + i] = weight;
        shift -= weight * mean[i]!;
      }
      bias[row] = shift;
    }
    return { weights, bias, length };
  }
}
