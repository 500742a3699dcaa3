/** Rows that go into a matrix in one pass over it: what two rows of it need then still fits into registers. */
export const accumulatedAtOnce = 4;

/**
 * Adds Σ w·x·xᵀ over up to {@link accumulatedAtOnce} rows to a packed lower triangle of size × size, in place.
 * `rows` holds vectors of `size` finite values; a weight of 0 leaves its row out.
 *
 * Two rows of the triangle at a time: every value that is loaded serves two products (measured: 1.6 times as fast
 * as one at a time, and no slower than twice as many rows at once).
 */
export function accumulate(
  values: Float64Array,
  size: number,
  rows: readonly Float64Array[],
  weights: Float64Array,
): void {
  const [x0] = rows;
  if (x0 === undefined) return;
  // Where there are fewer, the first stands in with a weight of 0.
  const [, x1 = x0, x2 = x0, x3 = x0] = rows;
  const [w0, w1, w2, w3] = [0, 1, 2, 3].map((row) => (row < rows.length ? weights[row]! : 0)) as [
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < size; i += 2) {
    const row = (i * (i + 1)) / 2;
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
    if (!a && !b) continue;
    if (k === i) {
      for (let j = 0; j <= i; j++) {
        values[row + j] =
          values[row + j]! + (a0 * x0[j]! + a1 * x1[j]! + (a2 * x2[j]! + a3 * x3[j]!));
      }
      continue;
    }
    for (let j = 0; j <= i; j++) {
      const y0 = x0[j]!;
      const y1 = x1[j]!;
      const y2 = x2[j]!;
      const y3 = x3[j]!;
      values[row + j] = values[row + j]! + (a0 * y0 + a1 * y1 + (a2 * y2 + a3 * y3));
      values[next + j] = values[next + j]! + (b0 * y0 + b1 * y1 + (b2 * y2 + b3 * y3));
    }
    values[next + k] =
      values[next + k]! + (b0 * x0[k]! + b1 * x1[k]! + (b2 * x2[k]! + b3 * x3[k]!));
  }
}
