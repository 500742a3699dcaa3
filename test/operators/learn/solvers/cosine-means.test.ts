import { describe, expect, it } from 'vitest';
import { liftRows } from '../../../../operators/detect/heads/lift.ts';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import { RowSums } from '../../../../operators/foundation/linear-algebra/row-sums.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { cosineMeans } from '../../../../operators/learn/solvers/cosine-means.ts';
import { ClassMoments } from '../../../../operators/learn/statistics/class-moments.ts';

/** The second value is a hundred times as large as the first, which tells the classes apart. */
const a = Float32Array.of(1, 90, 1.2, 130);
const b = Float32Array.of(-1, 110, -0.8, 70);
const nothing = Float32Array.of(0, 350, 0.1, 250);

function solve(all: Gram | RowSums) {
  const moments = new ClassMoments(all);
  for (const [label, rows] of [
    ['a', a],
    ['b', b],
  ] as const) {
    moments.addExample(label, { rows, targets: Float32Array.of(1, 1), weight: 1 }, 1);
  }
  moments.addNegatives(nothing, 1);
  const layer = runAtOnce(
    cosineMeans(moments as ClassMoments<Gram> | ClassMoments<RowSums>, ['a', 'absent', 'b']),
  );
  return (x: number, y: number) => {
    const row = liftRows(layer.lift, Float32Array.of(x, y), 2);
    return [0, 1, 2].map(
      (k) => layer.bias[k]! + layer.weights[2 * k]! * row[0]! + layer.weights[2 * k + 1]! * row[1]!,
    );
  };
}

describe('cosineMeans', () => {
  it('weighs values by how much they vary, not by how large they are', () => {
    const logits = solve(new RowSums(2));
    const [first, , second] = logits(0.9, 120);
    expect(first).toBeGreaterThan(second!);
    expect(logits(-0.9, 120)[2]).toBeGreaterThan(logits(-0.9, 120)[0]!);
    expect(first).toBeGreaterThan(0);
  });

  it('does not depend on the length of a standardised row, and ignores a class without rows', () => {
    const logits = solve(new RowSums(2));
    const centre = [0.5 / 6, 1000 / 6] as const;
    const at = (by: number) => logits(centre[0] + by * 0.5, centre[1] + by * 20);
    at(1).forEach((logit, k) => expect(at(7)[k]).toBeCloseTo(logit, 4));
    expect(at(1)[1]).toBe(0);
  });

  it('gives the same layer from first moments and squares as from second moments', () => {
    const [few, all] = [solve(new RowSums(2))(0.4, 80), solve(new Gram(2))(0.4, 80)];
    few.forEach((logit, k) => expect(logit).toBeCloseTo(all[k]!, 5));
  });
});
