import { packedLength } from './cholesky.ts';

/** A symmetric n × n matrix A = Q·T·Qᵀ: T is tridiagonal, and Q a product of reflections. */
export interface Tridiagonal {
  /** Rows and columns of T from here to n - 1 have values; the others are zero. */
  readonly first: number;
  /** n values: the diagonal of T. */
  readonly diagonal: Float64Array;
  /** n values: the i-th is T's in row i and column i - 1. */
  readonly beside: Float64Array;
  /** Packed: row i starts with the i values of v, of the reflection I - scale·v·vᵀ. */
  readonly reflections: Float64Array;
  /** n values, one a reflection: 0 for none. */
  readonly scales: Float64Array;
}

/** The share of the trace below which what is left of a matrix is rounding errors. */
const negligible = 1e-13;
/** Values of the matrix updated between two pauses: about 10 ms. */
const valuesPerPause = 5e6;

/**
 * Reduces a positive semidefinite n × n matrix to tridiagonal form in place: packed lower triangle
 * in, reflections out.
 *
 * "Householder's tridiagonalization of a symmetric matrix", Martin, Reinsch and Wilkinson, 1968,
 * with one change for speed: a step's update and the next step's product are one pass over the
 * triangle. Takes 4/3·n³ operations, or about 4·r·n² for a rank r far below n: what is left is then
 * rounding errors, bounded by its trace, and ends the reduction. Yields every few milliseconds.
 */
export function* tridiagonalise(a: Float64Array, n: number): Generator<void, Tridiagonal> {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const scales = new Float64Array(n);
  let update: Update = { v: new Float64Array(n), w: new Float64Array(n) };
  const total = traceOf(a, n, update);
  let values = 0;
  for (let i = n - 1; ; i--) {
    const left = traceOf(a, i + 1, update);
    const row = a.subarray(packedLength(i), packedLength(i + 1));
    updateRow(row, update);
    diagonal[i] = row[i]!;
    if (i === 0 || !(left > negligible * total)) {
      return { first: i, diagonal, beside, reflections: a, scales };
    }
    const v = row.subarray(0, i);
    const { scale, value } = toReflection(v, (negligible * total) ** 2);
    beside[i] = value;
    scales[i] = scale;
    const w = new Float64Array(i);
    const rows = 4 * Math.ceil(valuesPerPause / 4 / i);
    for (let from = 0; from < i; from += rows) {
      const to = Math.min(i, from + rows);
      updateAndMultiply(a, { from, to }, { ...update, x: v, product: w });
      values += ((to - from) * (to + from)) / 2;
      if (values < valuesPerPause) continue;
      values = 0;
      yield;
    }
    toUpdate(w, v, scale);
    update = { v, w };
  }
}

/** Two vectors: v·wᵀ + w·vᵀ is still to be subtracted from the matrix. */
interface Update {
  readonly v: Float64Array;
  readonly w: Float64Array;
}

/** The trace of the first n rows and columns after the update. */
function traceOf(a: Float64Array, n: number, { v, w }: Update): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[packedLength(i + 1) - 1]! - 2 * v[i]! * w[i]!;
  return sum;
}

/** Updates the last row of the triangle. */
function updateRow(row: Float64Array, { v, w }: Update): void {
  const vi = v[row.length - 1]!;
  const wi = w[row.length - 1]!;
  for (let j = 0; j < row.length; j++) row[j] = row[j]! - (vi * w[j]! + wi * v[j]!);
}

/**
 * Makes x the vector of the reflection that turns all its values but the last to zero. Returns the
 * reflection's scale and the last value then. Leaves out a reflection of squares below `least`.
 */
function toReflection(x: Float64Array, least: number): { scale: number; value: number } {
  const last = x.length - 1;
  const alpha = x[last]!;
  let squares = 0;
  for (let j = 0; j < last; j++) squares += x[j]! * x[j]!;
  if (!(squares > least)) {
    x.fill(0);
    return { scale: 0, value: alpha };
  }
  // The sign that adds to alpha, so that nothing cancels.
  const value = (alpha > 0 ? -1 : 1) * Math.sqrt(alpha * alpha + squares);
  for (let j = 0; j < last; j++) x[j] = x[j]! / (alpha - value);
  x[last] = 1;
  return { scale: (value - alpha) / value, value };
}

/** Turns the product of the matrix and v into the w of the update that reflects both its sides. */
function toUpdate(product: Float64Array, v: Float64Array, scale: number): void {
  let dot = 0;
  for (let j = 0; j < v.length; j++) dot += v[j]! * product[j]!;
  const shift = (scale * scale * dot) / 2;
  for (let j = 0; j < v.length; j++) product[j] = scale * product[j]! - shift * v[j]!;
}

/** What is done to every value of a triangle: an update, and its part in the product with x. */
interface Pass extends Update {
  readonly x: Float64Array;
  /** Sums are added here, of rows and of the columns that they mirror. */
  readonly product: Float64Array;
}

function updateAndMultiply(
  a: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
  pass: Pass,
): void {
  for (let row = from; row < to; row += 4) {
    const four = row + 4 <= to;
    if (four) passFourRows(a, row, pass);
    for (let r = row; r < Math.min(row + 4, to); r++) passRow(a, r, four ? row : 0, pass);
  }
}

/** One row, from column `first` to the diagonal. */
function passRow(a: Float64Array, row: number, first: number, { v, w, x, product }: Pass): void {
  const at = packedLength(row);
  const [vr, wr, xr] = [v[row]!, w[row]!, x[row]!];
  let sum = 0;
  for (let j = first; j < row; j++) {
    const value = a[at + j]! - (vr * w[j]! + wr * v[j]!);
    a[at + j] = value;
    sum += value * x[j]!;
    product[j] = product[j]! + value * xr;
  }
  const value = a[at + row]! - 2 * vr * wr;
  a[at + row] = value;
  product[row] = product[row]! + sum + value * xr;
}

/** Rows `row` to `row` + 3, up to column `row`: four products per value of x that is loaded. */
function passFourRows(a: Float64Array, row: number, { v, w, x, product }: Pass): void {
  const at0 = packedLength(row);
  const at1 = at0 + row + 1;
  const at2 = at1 + row + 2;
  const at3 = at2 + row + 3;
  const [v0, v1, v2, v3] = [v[row]!, v[row + 1]!, v[row + 2]!, v[row + 3]!];
  const [w0, w1, w2, w3] = [w[row]!, w[row + 1]!, w[row + 2]!, w[row + 3]!];
  const [x0, x1, x2, x3] = [x[row]!, x[row + 1]!, x[row + 2]!, x[row + 3]!];
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  for (let j = 0; j < row; j++) {
    const vj = v[j]!;
    const wj = w[j]!;
    const xj = x[j]!;
    const a0 = a[at0 + j]! - (v0 * wj + w0 * vj);
    const a1 = a[at1 + j]! - (v1 * wj + w1 * vj);
    const a2 = a[at2 + j]! - (v2 * wj + w2 * vj);
    const a3 = a[at3 + j]! - (v3 * wj + w3 * vj);
    a[at0 + j] = a0;
    a[at1 + j] = a1;
    a[at2 + j] = a2;
    a[at3 + j] = a3;
    sum0 += a0 * xj;
    sum1 += a1 * xj;
    sum2 += a2 * xj;
    sum3 += a3 * xj;
    product[j] = product[j]! + (a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3));
  }
  product[row] = product[row]! + sum0;
  product[row + 1] = product[row + 1]! + sum1;
  product[row + 2] = product[row + 2]! + sum2;
  product[row + 3] = product[row + 3]! + sum3;
}
