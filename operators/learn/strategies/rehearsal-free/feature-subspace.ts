import { symmetricEigen } from '../../../foundation/linear-algebra/symmetric-eigen.ts';
import type { FeatureScale } from '../gradient/feature-scale.ts';

/** Share of the rows' energy that the directions kept have together, if there are enough of them. */
const energyShare = 0.99;
/** Directions weaker than this share of the strongest are rounding. */
const weakest = 1e-9;

/**
 * The directions in which rows were seen to lie, as a sketch of few rows with almost the same second moments. Each
 * row is plain features and a constant; standardised by a {@link FeatureScale} they span the inputs of a
 * layer, whose outputs do not change where its weights move at right angles to them. Immutable.
 * "Sequential Karhunen-Loeve basis extraction and its application to images", Levy and Lindenbaum, 2000.
 */
export class FeatureSubspace {
  readonly length: number;
  /** directions × (length + 1): plain features and the constant, which is 1 in a row as it was seen. */
  readonly rows: Float32Array;

  constructor(length: number, rows: Float32Array = new Float32Array(0)) {
    this.length = length;
    this.rows = rows;
  }

  get bytes(): number {
    return this.rows.byteLength;
  }

  /** The subspace after these rows × length values too, of at most `directionsMax` of the strongest directions. */
  with(rows: Float32Array, scale: FeatureScale, directionsMax: number): FeatureSubspace {
    const width = this.length + 1;
    let held: Float32Array = standardiseAll(this.rows, scale);
    const step = directionsMax * this.length;
    for (let from = 0; from < rows.length; from += step) {
      const some = appendOnes(rows.subarray(from, from + step), this.length);
      const joined = new Float32Array(held.length + some.length);
      joined.set(held);
      joined.set(standardiseAll(some, scale), held.length);
      held = strongest(joined, width, directionsMax).strengths;
    }
    return new FeatureSubspace(this.length, plainAll(held, scale));
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

/** Rows of plain features and constant → of standardised features and the same constant. */
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

/** Undoes {@link standardiseAll}. */
function plainAll(rows: Float32Array, { length, mean, deviation }: FeatureScale): Float32Array {
  const width = length + 1;
  return rows.map((value, i) => {
    const feature = i % width;
    if (feature === length) return value;
    return value * deviation[feature]! + mean[feature]! * rows[i - feature + length]!;
  });
}

/** The strongest directions of some rows, of unit length, and times their strength: singular vectors and values. */
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
