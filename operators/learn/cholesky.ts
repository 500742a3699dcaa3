/** Columns that are eliminated at once: a panel of 64 doubles a row stays in the L1 cache while it is used. */
const panel = 64;

/** Values in the packed lower triangle of an n × n matrix: row i starts at i(i + 1)/2 and has i + 1 of them. */
export function packedLength(n: number): number {
  return (n * (n + 1)) / 2;
}

/**
 * Factors a symmetric positive definite matrix A = L·Lᵀ in place, packed lower triangle in and out.
 *
 * Right-looking and blocked; yields after every panel of 64 columns, so that a caller with other
 * duties can pause in between (1219 columns: 20 panels). Throws when a pivot is not positive.
 */
export function* factorCholesky(a: Float64Array, n: number): Generator<void, void> {
  for (let start = 0; start < n; start += panel) {
    const end = Math.min(start + panel, n);
    factorPanel(a, n, start, end);
    for (let i = end; i < n; i += 2) subtractPanel(a, n, i, start, end);
    yield;
  }
}

/** Columns start..end of all rows from start on, earlier columns already subtracted. */
function factorPanel(a: Float64Array, n: number, start: number, end: number): void {
  for (let i = start; i < n; i++) {
    const rowI = (i * (i + 1)) / 2;
    const last = Math.min(i, end - 1);
    for (let j = start; j <= last; j++) {
      const rowJ = (j * (j + 1)) / 2;
      let sum = a[rowI + j]!;
      for (let k = start; k < j; k++) sum -= a[rowI + k]! * a[rowJ + k]!;
      if (i === j) {
        if (!(sum > 0)) throw new RangeError(`Matrix is not positive definite at column ${j}`);
        a[rowI + j] = Math.sqrt(sum);
      } else {
        a[rowI + j] = sum / a[rowJ + j]!;
      }
    }
  }
}

/**
 * Takes the panel's share out of rows i and i + 1, right of the panel. Two by four entries at a
 * time: every value that is loaded serves several products.
 */
function subtractPanel(a: Float64Array, n: number, i: number, start: number, end: number): void {
  const width = end - start;
  const r0 = (i * (i + 1)) / 2;
  // The last row may be single; its own copy then stands in for the second.
  const second = i + 1 < n;
  const r1 = second ? r0 + i + 1 : r0;
  let j = end;
  for (; j + 3 <= i; j += 4) {
    const c0 = (j * (j + 1)) / 2 + start;
    const c1 = c0 + j + 1;
    const c2 = c1 + j + 2;
    const c3 = c2 + j + 3;
    let s00 = 0;
    let s01 = 0;
    let s02 = 0;
    let s03 = 0;
    let s10 = 0;
    let s11 = 0;
    let s12 = 0;
    let s13 = 0;
    for (let k = 0; k < width; k++) {
      const x0 = a[r0 + start + k]!;
      const x1 = a[r1 + start + k]!;
      const y0 = a[c0 + k]!;
      const y1 = a[c1 + k]!;
      const y2 = a[c2 + k]!;
      const y3 = a[c3 + k]!;
      s00 += x0 * y0;
      s01 += x0 * y1;
      s02 += x0 * y2;
      s03 += x0 * y3;
      s10 += x1 * y0;
      s11 += x1 * y1;
      s12 += x1 * y2;
      s13 += x1 * y3;
    }
    a[r0 + j] = a[r0 + j]! - s00;
    a[r0 + j + 1] = a[r0 + j + 1]! - s01;
    a[r0 + j + 2] = a[r0 + j + 2]! - s02;
    a[r0 + j + 3] = a[r0 + j + 3]! - s03;
    if (second) {
      a[r1 + j] = a[r1 + j]! - s10;
      a[r1 + j + 1] = a[r1 + j + 1]! - s11;
      a[r1 + j + 2] = a[r1 + j + 2]! - s12;
      a[r1 + j + 3] = a[r1 + j + 3]! - s13;
    }
  }
  for (let row = i; row <= i + 1 && row < n; row++) {
    for (let column = j; column <= row; column++) subtractDot(a, row, column, start, end);
  }
}

function subtractDot(a: Float64Array, i: number, j: number, start: number, end: number): void {
  const rowI = (i * (i + 1)) / 2;
  const rowJ = (j * (j + 1)) / 2;
  let sum = 0;
  for (let k = start; k < end; k++) sum += a[rowI + k]! * a[rowJ + k]!;
  a[rowI + j] = a[rowI + j]! - sum;
}

/** Solves L·Lᵀ·x = b in place, given the packed L that {@link factorCholesky} leaves. */
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
