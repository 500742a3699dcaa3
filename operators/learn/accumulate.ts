/** Rows that go into a matrix in one pass over it: the pass is bound by memory, not by arithmetic. */
export const accumulatedAtOnce = 8;

/**
 * Adds Σ w·x·xᵀ over up to {@link accumulatedAtOnce} rows to a packed lower triangle of size × size, in place.
 * `rows` holds as many vectors of `size` values as there are `weights`; a weight of 0 leaves its row out.
 */
export function accumulate(
  values: Float64Array,
  size: number,
  rows: readonly Float64Array[],
  weights: Float64Array,
): void {
  const [x0, x1, x2, x3, x4, x5, x6, x7] = rows as readonly [
    ...[Float64Array, Float64Array, Float64Array, Float64Array],
    ...[Float64Array, Float64Array, Float64Array, Float64Array],
  ];
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0, w4 = 0, w5 = 0, w6 = 0, w7 = 0] = weights;
  let offset = 0;
  for (let i = 0; i < size; i++) {
    const a0 = w0 * x0[i]!;
    const a1 = w1 * x1[i]!;
    const a2 = w2 * x2[i]!;
    const a3 = w3 * x3[i]!;
    const a4 = w4 * x4[i]!;
    const a5 = w5 * x5[i]!;
    const a6 = w6 * x6[i]!;
    const a7 = w7 * x7[i]!;
    // The trunk ends in ReLU: whole columns of zeros are common.
    if (
      a0 !== 0 ||
      a1 !== 0 ||
      a2 !== 0 ||
      a3 !== 0 ||
      a4 !== 0 ||
      a5 !== 0 ||
      a6 !== 0 ||
      a7 !== 0
    ) {
      for (let j = 0; j <= i; j++) {
        values[offset + j] =
          values[offset + j]! +
          (a0 * x0[j]! + a1 * x1[j]! + (a2 * x2[j]! + a3 * x3[j]!)) +
          (a4 * x4[j]! + a5 * x5[j]! + (a6 * x6[j]! + a7 * x7[j]!));
      }
    }
    offset += i + 1;
  }
}
