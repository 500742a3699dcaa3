import { packedLength } from './cholesky.ts';

/**
 * Rows added in one pass over the matrix, which is far larger than the caches. A multiple of
 * {@link lanes}.
 */
export const accumulatedAtOnce = 16;

/** Rows added together: as many as registers hold along with two rows of the matrix. */
const lanes = 4;

/**
 * Adds Σ w·x·xᵀ over up to {@link accumulatedAtOnce} rows to a packed lower triangle of
 * size × size, in place. `rows` are vectors of `size` finite values; a weight of 0 skips its row.
 * If the triangle's upper rows are stored elsewhere, `first` is the row at which `values` start.
 *
 * Takes two rows of the triangle at a time, so that each loaded value is used in two products and
 * both rows stay in the cache for all vectors (`npm run bench:update`).
 */
export function accumulate(
  values: Float64Array,
  size: number,
  rows: readonly Float64Array[],
  weights: Float64Array,
  first = 0,
): void {
  const absent = packedLength(first);
  for (let i = first; i < size; i += 2) {
    const row = packedLength(i) - absent;
    for (let lane = 0; lane < rows.length; lane += lanes) {
      addToTwoRows(values, { size, i, row }, rows, weights, lane);
    }
  }
}

/**
 * Adds up to {@link lanes} vectors from `first` on to rows i and i + 1 of the triangle; row i
 * starts at `row`.
 */
function addToTwoRows(
  values: Float64Array,
  { size, i, row }: { readonly size: number; readonly i: number; readonly row: number },
  rows: readonly Float64Array[],
  weights: Float64Array,
  first: number,
): void {
  // Missing vectors are replaced by the first one, with a weight of 0.
  const x0 = rows[first]!;
  const x1 = rows[first + 1] ?? x0;
  const x2 = rows[first + 2] ?? x0;
  const x3 = rows[first + 3] ?? x0;
  const w0 = weights[first]!;
  const w1 = first + 1 < rows.length ? weights[first + 1]! : 0;
  const w2 = first + 2 < rows.length ? weights[first + 2]! : 0;
  const w3 = first + 3 < rows.length ? weights[first + 3]! : 0;
  const next = row + i + 1;
  // A single last row takes the place of the second one, which is not written.
  const k = i + 1 < size ? i + 1 : i;
  const a0 = w0 * x0[i]!;
  const a1 = w1 * x1[i]!;
  const a2 = w2 * x2[i]!;
  const a3 = w3 * x3[i]!;
  const b0 = w0 * x0[k]!;
  const b1 = w1 * x1[k]!;
  const b2 = w2 * x2[k]!;
  const b3 = w3 * x3[k]!;
  // Latents come from a ReLU: whole columns of zeros are common.
  const a = a0 !== 0 || a1 !== 0 || a2 !== 0 || a3 !== 0;
  const b = b0 !== 0 || b1 !== 0 || b2 !== 0 || b3 !== 0;
  if (!a && !b) return;
  if (k === i) {
    for (let j = 0; j <= i; j++) {
      values[row + j] =
        values[row + j]! + (a0 * x0[j]! + a1 * x1[j]! + (a2 * x2[j]! + a3 * x3[j]!));
    }
    return;
  }
  for (let j = 0; j <= i; j++) {
    const y0 = x0[j]!;
    const y1 = x1[j]!;
    const y2 = x2[j]!;
    const y3 = x3[j]!;
    values[row + j] = values[row + j]! + (a0 * y0 + a1 * y1 + (a2 * y2 + a3 * y3));
    values[next + j] = values[next + j]! + (b0 * y0 + b1 * y1 + (b2 * y2 + b3 * y3));
  }
  values[next + k] = values[next + k]! + (b0 * x0[k]! + b1 * x1[k]! + (b2 * x2[k]! + b3 * x3[k]!));
}
