/**
 * Weighted sums of feature rows in float64: Σ w·x, Σ w, and Σ w·x² value by value, the diagonal of
 * a `Gram`. Adding rows with the negative weight removes them.
 */
export class RowSums {
  /** Features and the constant. */
  readonly size: number;
  /** Σ w·x and Σ w, then Σ w·x². */
  readonly values: Float64Array;
  #rows: number;

  constructor(features: number, values?: Float64Array, rows = 0) {
    this.size = features + 1;
    this.values = values ?? new Float64Array(RowSums.valuesOf(features));
    this.#rows = rows;
  }

  /** Number of values for this many features. */
  static valuesOf(features: number): number {
    return 2 * features + 1;
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
    const values = new Float64Array(RowSums.valuesOf(features));
    values.set(this.values.subarray(0, features));
    values[features] = this.values[this.size - 1]!;
    values.set(this.values.subarray(this.size, this.size + features), features + 1);
    return new RowSums(features, values, this.#rows);
  }

  /** Adds rows × features values, all with the same weight. */
  add(rows: Float32Array, weight: number): void {
    const { size, values } = this;
    const features = size - 1;
    const count = rows.length / features;
    for (let row = 0; row < count; row++) {
      const start = row * features;
      for (let i = 0; i < features; i++) {
        const value = rows[start + i]!;
        values[i] = values[i]! + weight * value;
        values[size + i] = values[size + i]! + weight * value * value;
      }
    }
    values[features] = values[features]! + weight * count;
    this.#rows += Math.sign(weight) * count;
    // Rounding errors of removed rows must not affect later ones.
    if (this.#rows === 0) values.fill(0);
  }

  /**
   * Adds the sums of rows that all lie at their mean, or subtracts them, without counting these as
   * rows. `sums` is Σ w·x of these rows and `weight`, above 0, their Σ w.
   */
  addMass(sums: Float64Array, weight: number, sign: 1 | -1): void {
    const { size, values } = this;
    for (const [i, sum] of sums.entries()) {
      values[i] = values[i]! + sign * sum;
      values[size + i] = values[size + i]! + (sign * sum * sum) / weight;
    }
    values[size - 1] = values[size - 1]! + sign * weight;
  }

  /** A copy of Σ w·x, with Σ w as the last value. */
  sums(): Float64Array {
    return this.values.slice(0, this.size);
  }

  /** A copy of Σ w·x². */
  squares(): Float64Array {
    return this.values.slice(this.size);
  }
}
