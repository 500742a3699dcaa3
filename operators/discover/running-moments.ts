/**
 * Mean and variance per dimension of a stream of equally long vectors, in 32-bit floats.
 *
 * The first `memory` vectors have equal weight, after which older ones decay exponentially, so that
 * the moments follow a scene that changes (Welford 1962, with a bounded count).
 */
export class RunningMoments {
  /** Vectors added. */
  count = 0;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly #memory: number;

  /** `memory` ≥ 2. */
  constructor(length: number, memory: number) {
    this.mean = new Float32Array(length);
    this.variance = new Float32Array(length);
    this.#memory = memory;
  }

  add(values: Float32Array): void {
    this.count++;
    const share = 1 / Math.min(this.count, this.#memory);
    const { mean, variance } = this;
    for (let i = 0; i < mean.length; i++) {
      const off = values[i]! - mean[i]!;
      mean[i] = mean[i]! + share * off;
      variance[i] = (1 - share) * (variance[i]! + share * off * off);
    }
  }
}
