import { symmetricEigen } from '../../../foundation/linear-algebra/symmetric-eigen.ts';
import type { FeatureScale } from '../gradient/feature-scale.ts';

/** Share of the rows' energy to keep, if the limit on directions allows. */
const energyShare = 0.99;
/** Directions weaker than this share of the strongest are rounding errors. */
const weakest = 1e-9;

/**
 * The subspace spanned by the rows so far, as a sketch: a few rows with almost the same second
 * moments. Immutable.
 *
 * Each row is unscaled features and a constant. Standardised by a {@link FeatureScale}, the rows
 * span the inputs of a layer, whose outputs do not change if its weights move orthogonally to them.
 * "Sequential Karhunen-Loeve basis extraction and its application to images", Levy and Lindenbaum,
 * 2000.
 */
export class FeatureSubspace {
  readonly length: number;
  /** directions × (length + 1): unscaled features and the constant, which is 1 in an input row. */
  readonly rows: Float32Array;

  constructor(length: number, rows: Float32Array = new Float32Array(0)) {
    this.length = length;
    this.rows = rows;
  }

  get bytes(): number {
    return this.rows.byteLength;
  }

  /**
   * The subspace with more rows × length values, cut to the `directionsMax` strongest directions.
   */
  with(rows: Float32Array, scale: FeatureScale, directionsMax: number): FeatureSubspace {
    const width = this.length + 1;
    let held: Float32Array = standardiseAll(this.rows, scale);
    const step = directionsMax * this.length;
    for (let from = 0; from < rows.length; from += step) {
      const added = appendOnes(rows.subarray(from, from + step), this.length);
      const joined = new Float32Array(held.length + added.length);
      joined.set(held);
      joined.set(standardiseAll(added, scale), held.length);
      held = strongest(joined, width, directionsMax).strengths;
    }
    return new FeatureSubspace(this.length, unstandardiseAll(held, scale));
  }

  /** Orthonormal directions × (length + 1) in standardised features, bias last. */
  basis(scale: FeatureScale): Float32Array {
    const width = this.length + 1;
    const rows = standardiseAll(this.rows, scale);
    return strongest(rows, width, rows.length / width).directions;
  }
}

function appendOnes(rows: Float32Array, length: number): Float32Array {
  const count = rows.length / length;
  const extended = new Float32Array(count * (length + 1)).fill(1);
  for (let row = 0; row < count; row++) {
    extended.set(rows.subarray(row * length, (row + 1) * length), row * (length + 1));
  }
  return extended;
}

/** Standardises the features of rows that end in a constant, which stays. */
function standardiseAll(
  rows: Float32Array,
  { length, mean, deviation }: FeatureScale,
): Float32Array {
  const width = length + 1;
  return rows.map((value, i) => {
    const feature = i % width;
    if (feature === length) return value;
    const constant = rows[i - feature + length]!;
    return (value - mean[feature]! * constant) / deviation[feature]!;
  });
}

/** The inverse of {@link standardiseAll}. */
function unstandardiseAll(
  rows: Float32Array,
  { length, mean, deviation }: FeatureScale,
): Float32Array {
  const width = length + 1;
  return rows.map((value, i) => {
    const feature = i % width;
    if (feature === length) return value;
    return value * deviation[feature]! + mean[feature]! * rows[i - feature + length]!;
  });
}

/** The strongest right singular vectors of rows, and the same scaled by their singular values. */
function strongest(
  rows: Float32Array,
  width: number,
  directionsMax: number,
): { readonly directions: Float32Array; readonly strengths: Float32Array } {
  const count = rows.length / width;
  const { values, vectors } = symmetricEigen(innerProducts(rows, width), count);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  let kept = 0;
  let energy = 0;
  while (kept < Math.min(count, directionsMax) && energy < energyShare * total) {
    if (values[kept]! <= weakest * values[0]!) break;
    energy += values[kept++]!;
  }
  const directions = new Float32Array(kept * width);
  const strengths = new Float32Array(kept * width);
  for (let k = 0; k < kept; k++) {
    const sum = new Float64Array(width);
    for (let row = 0; row < count; row++) {
      const share = vectors[k * count + row]!;
      for (let i = 0; i < width; i++) sum[i] = sum[i]! + share * rows[row * width + i]!;
    }
    const strength = Math.sqrt(values[k]!);
    strengths.set(sum, k * width);
    directions.set(
      sum.map((value) => value / strength),
      k * width,
    );
  }
  return { directions, strengths };
}

function innerProducts(rows: Float32Array, width: number): Float64Array {
  const count = rows.length / width;
  const products = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += rows[a * width + i]! * rows[b * width + i]!;
      products[a * count + b] = products[b * count + a] = sum;
    }
  }
  return products;
}
