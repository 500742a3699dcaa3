import { cropEmbeddingLength } from '../detect/engines/engine.ts';

/** Values at the end of a crop embedding that are the crop's log sizes. */
const logSizes = 2;

/** Values of a crop embedding of `length` values that describe appearance. */
export function appearanceLengthOf(length: number = cropEmbeddingLength): number {
  return length - logSizes;
}

/**
 * Returns the signed square roots of a crop embedding's appearance: all but its two log sizes.
 *
 * Feature maps are skewed: without the root a handful of strong channels dominates every distance
 * (Arandjelović and Zisserman 2012).
 *
 * @throws RangeError when the embedding does not have `length` values.
 */
export function appearanceOf(
  latent: Float32Array,
  length: number = cropEmbeddingLength,
): Float32Array {
  if (latent.length !== length) {
    throw new RangeError(`a crop embedding has ${length} values, not ${latent.length}`);
  }
  const roots = new Float32Array(appearanceLengthOf(length));
  for (let i = 0; i < roots.length; i++) {
    const value = latent[i]!;
    roots[i] = value < 0 ? -Math.sqrt(-value) : Math.sqrt(value);
  }
  return roots;
}

/** Scales a vector to length 1 in place; leaves a zero vector unchanged. */
export function normalise(values: Float32Array): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  if (squares === 0) return values;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * scale;
  return values;
}

/** Dot product; the cosine of two normalised vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
