import { seededRandom } from '../../foundation/numbers/seeded-random.ts';
import { gaussianKernel } from './gaussian-kernel.ts';
import type { Lift } from './head.ts';
import { projectAtRandom } from './random-projection.ts';

/** The length of a row of `length` values after the lift. */
export function liftedLength(lift: Lift | undefined, length: number): number {
  switch (lift?.kind) {
    case 'random':
    case 'fourier':
      return lift.rows;
    case 'pairs':
      return pairedLength(lift.count);
    case 'gaussian':
      return lift.centres.length / length;
    default:
      return length;
  }
}

/** The vectors that a map holds itself: none where a seed is enough. */
export function vectorsOf(lift: Lift | undefined): readonly Float32Array[] {
  if (lift?.kind === 'standard') return [lift.mean, lift.scale];
  return lift?.kind === 'gaussian' ? [lift.centres] : [];
}

/** Values of `count` values and their pairs. */
export function pairedLength(count: number): number {
  return (count * (count + 3)) / 2;
}

/**
 * The number of values that has so many values and pairs together; inverse of {@link pairedLength}.
 */
export function pairedCount(length: number): number {
  return Math.round((Math.sqrt(9 + 8 * length) - 3) / 2);
}

/**
 * Applies a lift to count × length values; without one, returns the same array.
 *
 * A larger random projection starts with the outputs of a smaller one of the same seed.
 */
export function liftRows(lift: Lift | undefined, rows: Float32Array, length: number): Float32Array {
  switch (lift?.kind) {
    case undefined:
      return rows;
    case 'root':
      return rootRows(rows, length);
    case 'standard':
      return standardRows(lift, rows, length);
    case 'random':
      return projectAtRandom(lift, rows, length).map((value) => Math.max(0, value));
    case 'fourier':
      return fourierRows(lift, rootRows(rows, length), length);
    case 'pairs':
      return pairedRows(lift, rootRows(rows, length), length);
    case 'gaussian':
      return gaussianRows(lift, rootRows(rows, length), length);
  }
}

/** 0..`count`-1 in the random order of a seed, any prefix of which is a random choice. */
export function shuffledIndices(count: number, seed: number): Uint16Array {
  const random = seededRandom(seed);
  const order = Uint16Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Tukey's ladder of powers, as in "FeCAM", Goswami et al., 2023. */
function rootRows(rows: Float32Array, length: number): Float32Array {
  const lifted = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += length) {
    let norm = 0;
    for (let i = start; i < start + length; i++) norm += Math.abs(rows[i]!);
    const scale = norm > 0 ? 1 / Math.sqrt(norm) : 0;
    for (let i = start; i < start + length; i++) {
      lifted[i] = Math.sign(rows[i]!) * Math.sqrt(Math.abs(rows[i]!)) * scale;
    }
  }
  return lifted;
}

function standardRows(
  { mean, scale }: Extract<Lift, { kind: 'standard' }>,
  rows: Float32Array,
  length: number,
): Float32Array {
  const lifted = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += length) {
    let square = 0;
    for (let i = 0; i < length; i++) {
      const value = (rows[start + i]! - mean[i]!) * scale[i]!;
      lifted[start + i] = value;
      square += value * value;
    }
    const norm = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = 0; i < length; i++) lifted[start + i] = lifted[start + i]! * norm;
  }
  return lifted;
}

/** "Random features for large-scale kernel machines", Rahimi and Recht, 2007. */
function fourierRows(
  { seed, rows: count, gamma }: Extract<Lift, { kind: 'fourier' }>,
  rows: Float32Array,
  length: number,
): Float32Array {
  const lifted = projectAtRandom({ seed, rows: count }, rows, length);
  // The kernel is that of frequencies of variance 2γ; those of the matrix have 1 / length.
  const scale = Math.sqrt(2 * gamma * length);
  // A stream of its own: the matrix starts at the seed itself.
  const random = seededRandom(seed + 2 ** 32);
  const phases = Float64Array.from({ length: count }, () => 2 * Math.PI * random());
  for (let i = 0; i < lifted.length; i++) {
    lifted[i] = Math.SQRT2 * Math.cos(scale * lifted[i]! + phases[i % count]!);
  }
  return lifted;
}

function gaussianRows(
  lift: Extract<Lift, { kind: 'gaussian' }>,
  rows: Float32Array,
  length: number,
): Float32Array {
  const kernels = (rows.length / length) * (lift.centres.length / length);
  return gaussianKernel(lift, rows, length, new Float32Array(kernels));
}

function pairedRows(
  { seed, count }: Extract<Lift, { kind: 'pairs' }>,
  rows: Float32Array,
  length: number,
): Float32Array {
  const order = shuffledIndices(length, seed);
  const width = pairedLength(count);
  const lifted = new Float32Array((rows.length / length) * width);
  for (let row = 0; row < rows.length / length; row++) {
    const values = rows.subarray(row * length, (row + 1) * length);
    let at = row * width;
    for (let i = 0; i < count; i++) lifted[at++] = values[order[i]!]!;
    for (let i = 0; i < count; i++) {
      const value = values[order[i]!]!;
      for (let j = 0; j <= i; j++) lifted[at++] = value * values[order[j]!]!;
    }
  }
  return lifted;
}
