import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { FeatureScale } from '../../../../../operators/learn/strategies/gradient/feature-scale.ts';
import { FeatureSubspace } from '../../../../../operators/learn/strategies/rehearsal-free/feature-subspace.ts';

const length = 20;

/** Rows with three degrees of freedom: a linear subspace of the features, plus a mean. */
function makeRows(count: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  const plane = seededRandom(77);
  const directions = Array.from({ length: 3 }, () =>
    Float32Array.from({ length }, () => plane() - 0.5),
  );
  const rows = new Float32Array(count * length);
  for (let row = 0; row < count; row++) {
    const shares = directions.map(() => 4 * random() - 2);
    for (let i = 0; i < length; i++) {
      rows[row * length + i] = directions.reduce(
        (sum, direction, k) => sum + shares[k]! * direction[i]!,
        1,
      );
    }
  }
  return rows;
}

/**
 * Largest share of the length of a standardised row, with its constant, that lies outside the
 * basis.
 */
function outside(basis: Float32Array, rows: Float32Array, scale: FeatureScale): number {
  const width = length + 1;
  let most = 0;
  for (let row = 0; row < rows.length / length; row++) {
    const remainder = new Float32Array(width);
    remainder.set(rows.subarray(row * length, (row + 1) * length));
    scale.apply(remainder, 0);
    const norm = Math.hypot(...remainder);
    for (let from = 0; from < basis.length; from += width) {
      const direction = basis.subarray(from, from + width);
      const share = remainder.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      remainder.forEach((value, i) => (remainder[i] = value - share * direction[i]!));
    }
    most = Math.max(most, Math.hypot(...remainder) / norm);
  }
  return most;
}

const scaleOf = (...blocks: Float32Array[]) => new FeatureScale(length).with(blocks);

describe('feature subspace', () => {
  it('spans its rows with as few directions as they have', () => {
    const rows = makeRows(50);
    const scale = scaleOf(rows);
    const basis = new FeatureSubspace(length).with(rows, scale, 8).basis(scale);
    // Three of the plane and the constant.
    expect(basis.length / (length + 1)).toBeLessThanOrEqual(4);
    expect(outside(basis, rows, scale)).toBeLessThan(0.25);
    const random = seededRandom(4);
    const others = Float32Array.from({ length: 20 * length }, () => 4 * random());
    expect(outside(basis, others, scale)).toBeGreaterThan(0.6);
  });

  it('has orthonormal directions', () => {
    const rows = makeRows(30);
    const scale = scaleOf(rows);
    const basis = new FeatureSubspace(length).with(rows, scale, 8).basis(scale);
    const width = length + 1;
    const count = basis.length / width;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let dot = 0;
        for (let i = 0; i < width; i++) dot += basis[a * width + i]! * basis[b * width + i]!;
        expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(1e-4);
      }
    }
  });

  it('still spans earlier rows after later ones, also if the feature scale has changed', () => {
    const early = makeRows(40);
    const random = seededRandom(9);
    const late = makeRows(40, 2).map((value, i) => (i % length === 5 ? 30 * random() : value));
    const scale = scaleOf(early);
    const wider = scale.with([late]);
    const space = new FeatureSubspace(length).with(early, scale, 10).with(late, wider, 10);
    expect(outside(space.basis(wider), early, wider)).toBeLessThan(0.4);
    expect(outside(space.basis(wider), late, wider)).toBeLessThan(0.4);
  });

  it('never exceeds its limit of directions', () => {
    const random = seededRandom(3);
    const rows = Float32Array.from({ length: 100 * length }, random);
    const scale = scaleOf(rows);
    const space = new FeatureSubspace(length).with(rows, scale, 6);
    expect(space.bytes).toBe(4 * 6 * (length + 1));
    expect(new FeatureSubspace(length).basis(scale)).toHaveLength(0);
  });
});
