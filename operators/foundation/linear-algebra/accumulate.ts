import { packedLength } from './cholesky.ts';

/**
 * Rows added in one pass over the matrix, which is far larger than the caches. A multiple of
 * {@link lanes}.
 */
export const accumulatedAtOnce = 16;

/** Rows added together: enough for each loaded value to be used in several products. */
const lanes = 4;

/**
 * Adds Σ w·x·xᵀ over up to {@link accumulatedAtOnce} rows to a packed lower triangle of
 * size × size, in place. `rows` are vectors of `size` finite values; a weight of 0 skips its row.
 * If the triangle's upper rows are stored elsewhere, `first` is the row at which `values` start.
 *
 * Takes four rows of the triangle and four vectors at a time, so that each loaded value is used in
 * four products and the rows stay in the cache for all vectors (`npm run bench:update`).
 */
export function accumulate(
  values: Float64Array,
  size: number,
  rows: readonly Float64Array[],
  weights: Float64Array,
  first = 0,
): void {
  const vectors: Lanes[] = [];
  for (let from = 0; from < rows.length; from += lanes) {
    vectors.push(sideBySide(size, rows.slice(from, from + lanes), weights.subarray(from)));
  }
  const absent = packedLength(first);
  let i = first;
  for (; i + 4 <= size; i += 4) {
    const row = packedLength(i) - absent;
    for (const four of vectors) addToFourRows(values, row, i, four);
  }
  for (; i < size; i++) {
    const row = packedLength(i) - absent;
    for (const four of vectors) addToRow(values, row, i, four, 0);
  }
}

/** Up to four vectors. Missing ones are zero. */
interface Lanes {
  /** size × 4: the vectors' first values, then their second ones, and so on. */
  readonly x: Float64Array;
  /** The same, each times the weight of its vector. */
  readonly w: Float64Array;
}

function sideBySide(size: number, rows: readonly Float64Array[], weights: Float64Array): Lanes {
  const x = new Float64Array(lanes * size);
  const w = new Float64Array(lanes * size);
  for (const [lane, values] of rows.entries()) {
    const weight = weights[lane]!;
    if (weight === 0) continue;
    for (let i = 0, at = lane; i < size; i++, at += lanes) {
      const value = values[i]!;
      x[at] = value;
      w[at] = weight * value;
    }
  }
  return { x, w };
}

/** Adds to rows i to i + 3 of the triangle; row i starts at `row`. */
function addToFourRows(values: Float64Array, row: number, i: number, four: Lanes): void {
  const { x, w } = four;
  // Latents come from a ReLU: whole columns of zeros are common.
  const at = lanes * i;
  let zeros = 0;
  while (zeros < 4 * lanes && w[at + zeros] === 0) zeros++;
  if (zeros === 4 * lanes) return;
  const [a0, a1, a2, a3] = [w[at]!, w[at + 1]!, w[at + 2]!, w[at + 3]!];
  const [b0, b1, b2, b3] = [w[at + 4]!, w[at + 5]!, w[at + 6]!, w[at + 7]!];
  const [c0, c1, c2, c3] = [w[at + 8]!, w[at + 9]!, w[at + 10]!, w[at + 11]!];
  const [d0, d1, d2, d3] = [w[at + 12]!, w[at + 13]!, w[at + 14]!, w[at + 15]!];
  const rowB = row + i + 1;
  const rowC = rowB + i + 2;
  const rowD = rowC + i + 3;
  for (let j = 0, k = 0; j <= i; j++, k += lanes) {
    const x0 = x[k]!;
    const x1 = x[k + 1]!;
    const x2 = x[k + 2]!;
    const x3 = x[k + 3]!;
    values[row + j] = values[row + j]! + (a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3));
    values[rowB + j] = values[rowB + j]! + (b0 * x0 + b1 * x1 + (b2 * x2 + b3 * x3));
    values[rowC + j] = values[rowC + j]! + (c0 * x0 + c1 * x1 + (c2 * x2 + c3 * x3));
    values[rowD + j] = values[rowD + j]! + (d0 * x0 + d1 * x1 + (d2 * x2 + d3 * x3));
  }
  addToRow(values, rowB, i + 1, four, i + 1);
  addToRow(values, rowC, i + 2, four, i + 1);
  addToRow(values, rowD, i + 3, four, i + 1);
}

/** Adds to row i of the triangle, which starts at `row`, from column `first` on. */
function addToRow(
  values: Float64Array,
  row: number,
  i: number,
  { x, w }: Lanes,
  first: number,
): void {
  const w0 = w[lanes * i]!;
  const w1 = w[lanes * i + 1]!;
  const w2 = w[lanes * i + 2]!;
  const w3 = w[lanes * i + 3]!;
  for (let j = first, k = lanes * first; j <= i; j++, k += lanes) {
    values[row + j] =
      values[row + j]! + (w0 * x[k]! + w1 * x[k + 1]! + (w2 * x[k + 2]! + w3 * x[k + 3]!));
  }
}
