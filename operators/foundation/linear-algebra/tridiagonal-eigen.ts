import type { Tridiagonal } from './tridiagonal.ts';

/**
 * Rotations of neighbouring rows, the last ones first: the i-th turns rows `end` - 1 - i and
 * `end` - i.
 */
export interface Sweep {
  readonly end: number;
  /** Cosine and sine of each. */
  readonly turns: Float64Array;
}

/** The eigenvalues of a tridiagonal matrix T, from its row `first` on, and its eigenvectors. */
export interface TridiagonalEigen {
  /** In the order of the rows that the sweeps lead to: not sorted. */
  readonly values: Float64Array;
  /** Applied in their order, they turn a vector into its components along the eigenvectors. */
  readonly sweeps: readonly Sweep[];
}

/** Limit of sweeps for one eigenvalue. Convergence is cubic: two on average. */
const sweepsMax = 60;
/** Rotations computed between two pauses: about 10 ms. */
const turnsPerPause = 5e5;

/**
 * Computes the eigenvalues of a tridiagonal matrix by the implicit QL algorithm, each to rounding
 * errors of the largest. Eigenvectors stay products of rotations, about 1.5·m² of them for m rows,
 * 16 bytes each: a few vectors are turned in a fraction of the time that all eigenvectors take.
 *
 * "The QR and QL algorithms for symmetric matrices", Bowdler, Martin, Reinsch and Wilkinson, 1968.
 * Yields every few milliseconds. Throws a RangeError after 60 sweeps for one value, and for a
 * matrix with values that are not finite.
 */
export function* tridiagonalEigen(matrix: Tridiagonal): Generator<void, TridiagonalEigen> {
  const values = matrix.diagonal.slice(matrix.first);
  const beside = new Float64Array(values.length);
  beside.set(matrix.beside.subarray(matrix.first + 1));
  const sweeps: Sweep[] = [];
  let turns = 0;
  let shift = 0;
  let scale = 0;
  for (let l = 0; l < values.length; l++) {
    scale = Math.max(scale, Math.abs(values[l]!) + Math.abs(beside[l]!));
    const zero = Number.EPSILON * scale;
    let end = l;
    while (end < values.length - 1 && Math.abs(beside[end]!) > zero) end++;
    for (let count = 0; end > l && Math.abs(beside[l]!) > zero; count++) {
      if (count >= sweepsMax) throw new RangeError('Eigenvalues do not converge');
      shift += shiftFrom(values, beside, l);
      sweeps.push({ end, turns: sweep(values, beside, l, end) });
      turns += end - l;
      if (turns < turnsPerPause) continue;
      turns = 0;
      yield;
    }
    values[l] = values[l]! + shift;
    beside[l] = 0;
    if (!Number.isFinite(values[l])) throw new RangeError('An eigenvalue is not finite');
  }
  return { values, sweeps };
}

/** Shifts values from row l on by an estimate of the next eigenvalue; returns that. */
function shiftFrom(values: Float64Array, beside: Float64Array, l: number): number {
  const value = values[l]!;
  const below = beside[l]!;
  const half = (values[l + 1]! - value) / (2 * below);
  const root = (half < 0 ? -1 : 1) * Math.sqrt(half * half + 1);
  values[l] = below / (half + root);
  values[l + 1] = below * (half + root);
  const shift = value - values[l];
  for (let i = l + 2; i < values.length; i++) values[i] = values[i]! - shift;
  return shift;
}

/** One QL step on rows l to `end`; returns its rotations. */
function sweep(values: Float64Array, beside: Float64Array, l: number, end: number): Float64Array {
  const turns = new Float64Array(2 * (end - l));
  const next = values[l + 1]!;
  const belowNext = beside[l + 1]!;
  let p = values[end]!;
  let [cosine, cosine2, cosine3, sine, sine2] = [1, 1, 1, 0, 0];
  for (let i = end - 1, at = 0; i >= l; i--) {
    [cosine3, cosine2, sine2] = [cosine2, cosine, sine];
    const below = beside[i]!;
    const value = values[i]!;
    const g = cosine * below;
    const h = cosine * p;
    const r = Math.sqrt(p * p + below * below);
    beside[i + 1] = sine * r;
    sine = below / r;
    cosine = p / r;
    p = cosine * value - sine * g;
    values[i + 1] = h + sine * (cosine * g + sine * value);
    turns[at++] = cosine;
    turns[at++] = sine;
  }
  p = (-sine * sine2 * cosine3 * belowNext * beside[l]!) / next;
  beside[l] = sine * p;
  values[l] = cosine * p;
  return turns;
}
