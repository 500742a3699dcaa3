/** Columns eliminated at once: 64 doubles per row stay in the L1 cache while in use. */
const panel = 64;

/** Values in the packed lower triangle of an n × n matrix: row i starts at i(i + 1)/2. */
export function packedLength(n: number): number {
  return (n * (n + 1)) / 2;
}

/**
 * Factors a symmetric positive definite matrix A = L·Lᵀ in place, packed lower triangle in and out.
 *
 * Right-looking and blocked; yields after each panel of 64 columns, so that the caller can do
 * other work in between (1219 columns: 20 panels). Throws a RangeError if a pivot is not positive.
 */
export function* factorCholesky(a: Float64Array, n: number): Generator<void, void> {
  for (let start = 0; start < n; start += panel) {
    const end = Math.min(start + panel, n);
    for (let i = start; i < n; i += 4) {
      for (let column = start; column < end && column <= i; column += 4) {
        finishColumns(a, n, i, column);
        subtractColumns(a, n, i, column);
      }
    }
    yield;
  }
}

/** Finishes four columns of rows i to i + 3, or to the last one: earlier ones are subtracted. */
function finishColumns(a: Float64Array, n: number, i: number, column: number): void {
  for (let row = i; row < i + 4 && row < n; row++) {
    const at = packedLength(row);
    for (let j = column; j < column + 4 && j <= row; j++) {
      const atJ = packedLength(j);
      let sum = a[at + j]!;
      for (let k = column; k < j; k++) sum -= a[at + k]! * a[atJ + k]!;
      if (row === j) {
        if (!(sum > 0)) throw new RangeError(`Matrix is not positive definite at column ${j}`);
        a[at + j] = Math.sqrt(sum);
      } else {
        a[at + j] = sum / a[atJ + j]!;
      }
    }
  }
}

/**
 * Subtracts the products of four finished columns from rows i to i + 3, right of these columns: 16
 * products per four values that are loaded and stored.
 */
function subtractColumns(a: Float64Array, n: number, i: number, column: number): void {
  const first = column + 4;
  if (first > i || i + 4 > n) {
    for (let row = i; row < i + 4 && row < n; row++) subtractFromRow(a, row, column, first);
    return;
  }
  const row0 = packedLength(i);
  const row1 = row0 + i + 1;
  const row2 = row1 + i + 2;
  const row3 = row2 + i + 3;
  const [at0, at1, at2, at3] = [row0 + column, row1 + column, row2 + column, row3 + column];
  const [a0, a1, a2, a3] = [a[at0]!, a[at0 + 1]!, a[at0 + 2]!, a[at0 + 3]!];
  const [b0, b1, b2, b3] = [a[at1]!, a[at1 + 1]!, a[at1 + 2]!, a[at1 + 3]!];
  const [c0, c1, c2, c3] = [a[at2]!, a[at2 + 1]!, a[at2 + 2]!, a[at2 + 3]!];
  const [d0, d1, d2, d3] = [a[at3]!, a[at3 + 1]!, a[at3 + 2]!, a[at3 + 3]!];
  for (let j = first, at = packedLength(first) + column; j <= i; at += ++j) {
    const x0 = a[at]!;
    const x1 = a[at + 1]!;
    const x2 = a[at + 2]!;
    const x3 = a[at + 3]!;
    a[row0 + j] = a[row0 + j]! - (a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3));
    a[row1 + j] = a[row1 + j]! - (b0 * x0 + b1 * x1 + (b2 * x2 + b3 * x3));
    a[row2 + j] = a[row2 + j]! - (c0 * x0 + c1 * x1 + (c2 * x2 + c3 * x3));
    a[row3 + j] = a[row3 + j]! - (d0 * x0 + d1 * x1 + (d2 * x2 + d3 * x3));
  }
  for (let row = i + 1; row < i + 4; row++) subtractFromRow(a, row, column, i + 1);
}

/** Subtracts the products of four columns from a row, from column `first` on. */
function subtractFromRow(a: Float64Array, row: number, column: number, first: number): void {
  const atRow = packedLength(row);
  for (let j = first; j <= row; j++) {
    const atJ = packedLength(j);
    let sum = a[atRow + j]!;
    for (let k = column; k < column + 4; k++) sum -= a[atRow + k]! * a[atJ + k]!;
    a[atRow + j] = sum;
  }
}

/** Solves L·Lᵀ·x = b in place, given the packed L of {@link factorCholesky}. */
export function solveCholesky(l: Float64Array, b: Float64Array): void {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    const row = (i * (i + 1)) / 2;
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= l[row + k]! * b[k]!;
    b[i] = sum / l[row + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = (i * (i + 1)) / 2;
    const x = b[i]! / l[row + i]!;
    b[i] = x;
    for (let k = 0; k < i; k++) b[k] = b[k]! - l[row + k]! * x;
  }
}
