import { packedLength } from './cholesky.ts';

/** Rows that go into a matrix in one pass over it, which is far larger than the caches: a multiple of {@link lanes}. */
export const accumulatedAtOnce = 16;

/** Rows that go in together: what two rows of the matrix need then still fits into registers. */
const lanes = 4;

/**
 * Adds Σ w·x·xᵀ over up to {@link accumulatedAtOnce} rows to a packed lower triangle of size × size, in place.
 * `rows` holds vectors of `size` finite values; a weight of 0 leaves its row out. Where the triangle's upper rows are not
 * kept, `first` is the row that `values` start with.
 *
 * Two rows of the triangle at a time: every value that is loaded serves two products, and those two rows stay in the
 * cache until all vectors are in (`npm run bench:update`).
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

/** Rows i and i + 1 of the triangle, the first of which starts at `row`, of up to {@link lanes} vectors from `first` on. */
function addToTwoRows(
  values: Float64Array,
  { size, i, row }: { readonly size: number; readonly i: number; readonly row: number },
  rows: readonly Float64Array[],
  weights: Float64Array,
  first: number,
): void {
  // Where there are fewer, the first stands in with a weight of 0.
  const x0 = rows[first]!;
  const x1 = rows[first + 1] ?? x0;
  const x2 = rows[first + 2] ?? x0;
  const x3 = rows[first + 3] ?? x0;
  const w0 = weights[first]!;
  const w1 = first + 1 < rows.length ? weights[first + 1]! : 0;
  const w2 = first + 2 < rows.length ? weights[first + 2]! : 0;
  const w3 = first + 3 < rows.length ? weights[first + 3]! : 0;
  const next = row + i + 1;
  // The last row may be single; it then stands in for the second, which is not written.
  const k = i + 1 < size ? i + 1 : i;
  const a0 = w0 * x0[i]!;
  const a1 = w1 * x1[i]!;
  const a2 = w2 * x2[i]!;
  const a3 = w3 * x3[i]!;
  const b0 = w0 * x0[k]!;
  const b1 = w1 * x1[k]!;
  const b2 = w2 * x2[k]!;
  const b3 = w3 * x3[k]!;
  // The trunk ends in ReLU: whole columns of zeros are common.
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
