import { seededRandom } from '../numbers/seeded-random.ts';
import { packedLength } from './cholesky.ts';

/**
 * Rows of a packed lower triangle at rest: as they are in float32, or as deviations and correlations of two bytes each.
 * They need not be the first ones: then what lies above them is at rest elsewhere.
 */
export type StoredTriangle = Float32Array | HalfTriangle;

/** Rows of a covariance-like triangle in half the bytes. */
export interface HalfTriangle {
  /** Square roots of the diagonal, of these rows. */
  readonly deviations: Float32Array;
  /** In units of 1 / 32767. */
  readonly correlations: Int16Array;
}

/** How {@link store} does it. */
export interface StoreOptions {
  readonly half: boolean;
  /** Decides how correlations are rounded. */
  readonly seed: number;
  /** Deviations of the features whose rows lie above, as {@link deviationsOf} tells them. Default: there are none. */
  readonly above?: Float32Array;
}

const unit = 32_767;
const nothingAbove = new Float32Array(0);

/** Values in `size` rows of a packed triangle below `above` others. */
export function rowsLength(size: number, above = 0): number {
  return packedLength(above + size) - packedLength(above);
}

/** Bytes of `size` stored rows of a triangle below `above` others. */
export function storedBytes(size: number, half: boolean, above = 0): number {
  return half ? 2 * rowsLength(size, above) + 4 * size : 4 * rowsLength(size, above);
}

/**
 * Stores rows of a positive semidefinite triangle. Correlations are rounded up or down by chance, such that what is too
 * little for one unit counts on average ("Deep learning with limited numerical precision", Gupta et al., 2015); the
 * seed decides.
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

/** What was stored, in float64. `above` as it was stored with. */
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

/** What rows stored below these need to know of them; nothing in float32. */
export function deviationsOf(stored: StoredTriangle): Float32Array {
  return stored instanceof Float32Array ? nothingAbove : stored.deviations;
}
