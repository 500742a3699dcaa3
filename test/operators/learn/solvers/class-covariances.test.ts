import { describe, expect, it } from 'vitest';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { classCovariances } from '../../../../operators/learn/solvers/class-covariances.ts';
import { ownLogit } from '../../../../operators/learn/solvers/nearest-means.ts';
import {
  ClassScatters,
  StoredScatters,
} from '../../../../operators/learn/statistics/class-scatters.ts';

const random = seededRandom(4);
const spread = (width: number): number => width * (random() + random() - 1);
const rowsOf = (draw: () => readonly [number, number]): Float32Array =>
  Float32Array.from(Array.from({ length: 60 }, draw).flat());

/** Two classes with the same mean along the two diagonals, and background beside them. */
const rising = rowsOf(() => {
  const along = spread(6);
  return [along + spread(0.5), along + spread(0.5)];
});
const falling = rowsOf(() => {
  const along = spread(6);
  return [along + spread(0.5), -along + spread(0.5)];
});
const nothing = rowsOf(() => [9 + spread(1), spread(1)]);

const scatters = new ClassScatters(new StoredScatters(2));
const targets = new Float32Array(60).fill(1);
scatters.addExample('rising', { rows: rising, targets, weight: 1 }, 1);
scatters.addExample('falling', { rows: falling, targets, weight: 1 }, 1);
scatters.addNegatives(nothing, 1);
const classes = ['rising', 'absent', 'falling'];
const layer = runAtOnce(classCovariances(scatters, classes, 0.1));

function logit(row: number, x: number, y: number): number {
  const values = [x, y, x * x, x * y, y * y];
  return values.reduce(
    (sum, value, i) => sum + value * layer.weights[5 * row + i]!,
    layer.bias[row]!,
  );
}

function meanLogit(row: number, rows: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i += 2) sum += logit(row, rows[i]!, rows[i + 1]!);
  return (2 * sum) / rows.length;
}

describe('classCovariances', () => {
  it('tells classes apart that differ in nothing but their covariance', () => {
    expect(layer.length).toBe(5);
    expect(logit(0, 3, 3)).toBeGreaterThan(logit(2, 3, 3));
    expect(logit(2, 3, -3)).toBeGreaterThan(logit(0, 3, -3));
  });

  it('gives classes their mean logit on their own rows, and a lower one on background', () => {
    expect((meanLogit(0, rising) + meanLogit(2, falling)) / 2).toBeCloseTo(ownLogit, 3);
    expect(meanLogit(0, nothing)).toBeLessThan(0);
    expect(logit(1, 3, 4)).toBe(0);
  });
});
