/**
 * Weighted sums Σ w·x of feature rows, with Σ w as the last value, in float64: the first moments
 * of a `Gram`. Adding rows with the negative weight removes them.
 */
export class RowSums {
  /** Features and the constant. */
  readonly size: number;
  readonly values: Float64Array;
  #rows: number;

  constructor(features: number, values?: Float64Array, rows = 0) {
    this.size = features + 1;
    this.values = values ?? new Float64Array(this.size);
    this.#rows = rows;
  }

  /** Rows added minus rows removed. */
  get rows(): number {
    return this.#rows;
  }

  clone(): RowSums {
    return new RowSums(this.size - 1, this.values.slice(), this.#rows);
  }

  /** Sums of the same features that own `values`. */
  refilled(values: Float64Array, rows: number): RowSums {
    return new RowSums(this.size - 1, values, rows);
  }

  /** The sums of the first `features` features alone. */
  leading(features: number): RowSums {
    const values = this.values.slice(0, features + 1);
    values[features] = this.values.at(-1)!;
    return new RowSums(features, values, this.#rows);
  }

  /** Adds rows × features values, all with the same weight. */
  add(rows: Float32Array, weight: number): void {
    const features = this.size - 1;
    const count = rows.length / features;
    const { values } = this;
    for (let row = 0; row < count; row++) {
      const start = row * features;
      for (let i = 0; i < features; i++) values[i] = values[i]! + weight * rows[start + i]!;
    }
    values[features] = values[features]! + weight * count;
    this.#rows += Math.sign(weight) * count;
    // Rounding errors of removed rows must not affect later ones.
    if (this.#rows === 0) values.fill(0);
  }

  /** Adds Σ w·x and Σ w of other rows, or subtracts them, without counting these as rows. */
  addMass(sums: Float64Array, weight: number, sign: 1 | -1): void {
    for (const [i, sum] of sums.entries()) this.values[i] = this.values[i]! + sign * sum;
    this.values[sums.length] = this.values[sums.length]! + sign * weight;
  }

  /** A copy of Σ w·x, with Σ w as the last value. */
  sums(): Float64Array {
    return this.values.slice();
  }
}
