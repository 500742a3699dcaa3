import { seededRandom } from '../numbers/seeded-random.ts';
import { packedLength } from './cholesky.ts';

/**
 * Rows of a packed lower triangle in compact form: as float32, or as deviations and correlations
 * of two bytes each. They may be lower rows, whose upper rows are stored elsewhere.
 */
export type StoredTriangle = Float32Array | HalfTriangle;

/** Rows of a covariance-like triangle at two bytes per value. */
export interface HalfTriangle {
  /** Square roots of these rows' diagonal. */
  readonly deviations: Float32Array;
  /** In units of 1 / 32767. */
  readonly correlations: Int16Array;
}

/** Settings of {@link store}. */
export interface StoreOptions {
  /** Two bytes per value instead of four. */
  readonly half: boolean;
  /** Of the stochastic rounding of correlations. */
  readonly seed: number;
  /** Deviations of the rows above, from {@link deviationsOf}. Default: none above. */
  readonly above?: Float32Array;
}

const unit = 32_767;
const nothingAbove = new Float32Array(0);

/** Values in `size` rows of a packed triangle, below `above` others. */
export function rowsLength(size: number, above = 0): number {
  return packedLength(above + size) - packedLength(above);
}

/** Bytes of `size` stored rows of a triangle, below `above` others. */
export function storedBytes(size: number, half: boolean, above = 0): number {
  return half ? 2 * rowsLength(size, above) + 4 * size : 4 * rowsLength(size, above);
}

/**
 * Converts rows of a positive semidefinite triangle to compact form. Correlations are rounded
 * stochastically, which preserves on average what is smaller than a unit ("Deep learning with
 * limited numerical precision", Gupta et al., 2015).
 */
export function store(
  values: Float64Array,
  size: number,
  { half, seed, above = nothingAbove }: StoreOptions,
): StoredTriangle {
  if (!half) return Float32Array.from(values);
  const random = seededRandom(seed);
  const first = above.length;
  const deviations = new Float32Array(first + size);
  deviations.set(above);
  for (let i = 0; i < size; i++) {
    deviations[first + i] = Math.sqrt(Math.max(0, values[rowsLength(i + 1, first) - 1]!));
  }
  const correlations = new Int16Array(values.length);
  let at = 0;
  for (let i = first; i < first + size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      const scale = deviations[i]! * deviations[j]!;
      if (scale === 0) continue;
      const units = Math.floor((unit * values[at]!) / scale + random());
      correlations[at] = Math.min(unit, Math.max(-unit, units));
    }
  }
  return { deviations: deviations.slice(first), correlations };
}

/** Converts rows back to float64; `above` as for {@link store}. */
export function load(stored: StoredTriangle, above: Float32Array = nothingAbove): Float64Array {
  if (stored instanceof Float32Array) return Float64Array.from(stored);
  const { deviations: own, correlations } = stored;
  const first = above.length;
  const deviations = new Float32Array(first + own.length);
  deviations.set(above);
  deviations.set(own, first);
  const values = new Float64Array(correlations.length);
  let at = 0;
  for (let i = first; i < deviations.length; i++) {
    const scale = deviations[i]! / unit;
    for (let j = 0; j < i; j++, at++) values[at] = correlations[at]! * scale * deviations[j]!;
    values[at++] = deviations[i]! ** 2;
  }
  return values;
}

/** The deviations that rows stored below these depend on; empty for float32. */
export function deviationsOf(stored: StoredTriangle): Float32Array {
  return stored instanceof Float32Array ? nothingAbove : stored.deviations;
}
