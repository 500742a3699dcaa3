/** Eigenvalues in descending order, and their eigenvectors. */
export interface Eigen {
  readonly values: Float64Array;
  /** n × n: rows of unit length. */
  readonly vectors: Float64Array;
}

/** Limit of sweeps over all pairs. Convergence is quadratic: fewer than ten suffice for n ≤ 128. */
const sweepsMax = 30;

/**
 * Computes eigenvalues and eigenvectors of a symmetric n × n matrix, row-major, by cyclic Jacobi
 * rotations. Takes about 10·n³ steps: meant for n up to a hundred or so. "The cyclic Jacobi method
 * for computing the principal values of a complex matrix", Forsythe and Henrici, 1960.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const scale = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < sweepsMax && offDiagonal(a, n) > 1e-26 * scale; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i);
  order.sort((p, q) => a[q * n + q]! - a[p * n + p]! || p - q);
  const vectors = new Float64Array(n * n);
  order.forEach((row, i) => vectors.set(v.subarray(row * n, (row + 1) * n), i * n));
  return { values: Float64Array.from(order, (row) => a[row * n + row]!), vectors };
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += a[i * n + j]! ** 2;
  return 2 * sum;
}

/** Rotates rows and columns p and q so that a's value at (p, q) becomes 0, and rows of v alike. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q]!;
  if (off === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * off);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p]!;
    const kq = a[k * n + q]!;
    a[k * n + p] = cosine * kp - sine * kq;
    a[k * n + q] = sine * kp + cosine * kq;
  }
  for (const m of [a, v]) {
    for (let k = 0; k < n; k++) {
      const pk = m[p * n + k]!;
      const qk = m[q * n + k]!;
      m[p * n + k] = cosine * pk - sine * qk;
      m[q * n + k] = sine * pk + cosine * qk;
    }
  }
}
