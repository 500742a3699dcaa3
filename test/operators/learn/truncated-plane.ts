import { symmetricEigen } from '../../../operators/foundation/linear-algebra/symmetric-eigen.ts';

/** A row of features and its class; null: none. */
export interface LabelledRow {
  readonly label: string | null;
  readonly values: Float32Array;
}

/**
 * The plane of a class from the rows themselves: with the left singular vectors of X, which are the
 * eigenvectors of X·Xᵀ, it is Xᵀ·V·Σ⁻²·Vᵀ·t over the `kept` largest singular values.
 */
export function planeFromRows(
  rows: readonly LabelledRow[],
  label: string,
  kept: number,
): Float64Array {
  const n = rows.length;
  const products = new Float64Array(n * n);
  for (const [i, { values }] of rows.entries()) {
    for (const [j, other] of rows.entries()) {
      products[i * n + j] = values.reduce((sum, x, k) => sum + x * other.values[k]!, 0);
    }
  }
  const { values: squares, vectors } = symmetricEigen(products, n);
  const plane = new Float64Array(rows[0]!.values.length);
  for (let k = 0; k < kept; k++) {
    const vector = vectors.subarray(k * n, (k + 1) * n);
    const part = rows.reduce((sum, row, i) => sum + (row.label === label ? vector[i]! : 0), 0);
    for (const [i, { values }] of rows.entries()) {
      for (let f = 0; f < plane.length; f++) {
        plane[f]! += (part / squares[k]!) * vector[i]! * values[f]!;
      }
    }
  }
  return plane;
}

/** Scaled and shifted to a mean output of 0 off the class, and 0.7 on it. */
export function scaledOutputs(
  plane: Float64Array,
  rows: readonly LabelledRow[],
  label: string,
): number[] {
  const outputs = rows.map(({ values }) => values.reduce((sum, x, i) => sum + x * plane[i]!, 0));
  const mean = (own: boolean) => {
    const part = outputs.filter((_, i) => (rows[i]!.label === label) === own);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  return outputs.map((value) => (0.7 * (value - mean(false))) / (mean(true) - mean(false)));
}
