import { cropEmbeddingLength } from '../detect/engines/engine.ts';

/** Values of a crop embedding that describe appearance; the last two are the crop's log sizes. */
export const appearanceLength = cropEmbeddingLength - 2;

/**
 * Returns the signed square roots of a crop embedding's appearance, appearanceLength values.
 *
 * Feature maps are skewed: without the root a handful of strong channels dominates every distance
 * (Arandjelović and Zisserman 2012).
 *
 * @throws RangeError when the embedding does not have cropEmbeddingLength values.
 */
export function appearanceOf(latent: Float32Array): Float32Array {
  if (latent.length !== cropEmbeddingLength) {
    throw new RangeError(
      `a crop embedding has ${cropEmbeddingLength} values, not ${latent.length}`,
    );
  }
  const roots = new Float32Array(appearanceLength);
  for (let i = 0; i < appearanceLength; i++) {
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
