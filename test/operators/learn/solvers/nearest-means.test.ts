import { describe, expect, it } from 'vitest';
import { ClassMoments } from '../../../../operators/learn/statistics/class-moments.ts';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import {
  euclidean,
  mahalanobis,
  nearestMeans,
} from '../../../../operators/learn/solvers/nearest-means.ts';
import {
  deviations,
  withinCovariance,
} from '../../../../operators/learn/statistics/within-covariance.ts';

function solve<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Moments of rows of two values, all with a target of 1 or of background. */
function momentsOf(rows: Readonly<Record<string, readonly (readonly [number, number])[]>>) {
  const moments = new ClassMoments(new Gram(2));
  for (const [label, labelRows] of Object.entries(rows)) {
    const values = Float32Array.from(labelRows.flat());
    const targets = new Float32Array(labelRows.length).fill(1);
    if (label === 'background') moments.addNegatives(values, 1);
    else moments.addExample(label, { rows: values, targets, weight: 1 }, 1);
  }
  return moments;
}

const moments = momentsOf({
  cat: [
    [4, 1],
    [6, 1],
    [5, 0],
    [5, 2],
  ],
  dog: [
    [1, 5],
    [1, 7],
    [0, 6],
    [2, 6],
  ],
  background: [
    [1, 1],
    [-1, 1],
    [0, 0],
    [0, 2],
  ],
});

describe('nearestMeans', () => {
  const layer = solve(nearestMeans(moments, ['dog', 'cat', 'bird'], euclidean));
  const logit = (row: number, x: number, y: number) =>
    layer.weights[2 * row]! * x + layer.weights[2 * row + 1]! * y + layer.bias[row]!;

  it('gives a logit of 0 half-way between the means of a class and of background', () => {
    expect(logit(1, 2.5, 1)).toBeCloseTo(0, 5);
    expect(logit(0, 0.5, 3.5)).toBeCloseTo(0, 5);
  });

  it('gives means of classes and of background opposite logits, 4 and -4 on average', () => {
    expect(logit(1, 5, 1)).toBeCloseTo(-logit(1, 0, 1), 5);
    expect((logit(0, 1, 6) + logit(1, 5, 1)) / 2).toBeCloseTo(4, 5);
  });

  it('gives a class without rows a logit of 0', () => {
    expect(logit(2, 5, 5)).toBe(0);
  });

  it('uses the origin as background mean without background rows', () => {
    const lone = solve(
      nearestMeans(
        momentsOf({
          cat: [
            [2, 0],
            [4, 0],
          ],
        }),
        ['cat'],
        euclidean,
      ),
    );
    expect(lone.weights[0]! * 1.5 + lone.bias[0]!).toBeCloseTo(0, 5);
  });

  it('weighs a difference less along features with more variance', () => {
    const wide = momentsOf({
      cat: [
        [-4, 2],
        [8, 2],
        [2, 1],
        [2, 3],
      ],
      background: [
        [-6, 0],
        [6, 0],
        [0, 1],
        [0, -1],
      ],
    });
    const covariance = solve(withinCovariance(wide));
    expect([...covariance]).toEqual([18, 0, 0.5]);
    expect([...deviations(covariance, wide)]).toEqual([Math.sqrt(18), Math.sqrt(0.5)]);
    const metric = solve(mahalanobis(covariance, 2));
    const { weights } = solve(nearestMeans(wide, ['cat'], metric));
    expect(weights[1]! / weights[0]!).toBeCloseTo(36, 4);
  });
});

describe('withinCovariance', () => {
  it('pools the covariance of all classes and background about their means', () => {
    expect(solve(withinCovariance(moments)).map((value) => Math.round(value * 1e9) / 1e9)).toEqual(
      Float64Array.of(0.5, 0, 0.5),
    );
  });

  it('has deviations above 0 with a single row per class', () => {
    const single = momentsOf({ cat: [[0.1, 0.7]], dog: [[0.3, 0]], background: [[0.9, 0.1]] });
    const spread = deviations(solve(withinCovariance(single)), single);
    expect(Math.min(...spread)).toBeGreaterThan(1e-5);
  });
});
