import { seededRandom } from '../ingest/seeded-random.ts';
import { packedLength } from './cholesky.ts';

/** A packed lower triangle at rest: as it is in float32, or as deviations and correlations of two bytes each. */
export type StoredTriangle = Float32Array | HalfTriangle;

/** A covariance-like triangle in half the bytes. */
export interface HalfTriangle {
  /** Square roots of the diagonal. */
  readonly deviations: Float32Array;
  /** In units of 1 / 32767. */
  readonly correlations: Int16Array;
}

const unit = 32_767;

/** Bytes of a stored triangle of size × size. */
export function storedBytes(size: number, half: boolean): number {
  return half ? 2 * packedLength(size) + 4 * size : 4 * packedLength(size);
}

/**
 * Stores a positive semidefinite triangle. Correlations are rounded up or down by chance, such that what is too
 * little for one unit counts on average ("Deep learning with limited numerical precision", Gupta et al., 2015); the
 * seed decides.
 */
export function store(
  values: Float64Array,
  size: number,
  half: boolean,
  seed: number,
): StoredTriangle {
  if (!half) return Float32Array.from(values);
  const random = seededRandom(seed);
  const deviations = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    deviations[i] = Math.sqrt(Math.max(0, values[packedLength(i + 1) - 1]!));
  }
  const correlations = new Int16Array(values.length);
  let at = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      const scale = deviations[i]! * deviations[j]!;
      if (scale === 0) continue;
      const units = Math.floor((unit * values[at]!) / scale + random());
      correlations[at] = Math.min(unit, Math.max(-unit, units));
    }
  }
  return { deviations, correlations };
}

/** What was stored, in float64. */
export function load(stored: StoredTriangle): Float64Array {
  if (stored instanceof Float32Array) return Float64Array.from(stored);
  const { deviations, correlations } = stored;
  const values = new Float64Array(correlations.length);
  let at = 0;
  for (let i = 0; i < deviations.length; i++) {
    const scale = deviations[i]! / unit;
    for (let j = 0; j < i; j++, at++) values[at] = correlations[at]! * scale * deviations[j]!;
    values[at++] = deviations[i]! ** 2;
  }
  return values;
}
