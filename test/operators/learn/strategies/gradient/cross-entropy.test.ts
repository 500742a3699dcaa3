import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  addColumns,
  crossEntropyGradient,
  pickColumns,
  softmaxRows,
} from '../../../../../operators/learn/strategies/gradient/cross-entropy.ts';
import { unbiasedCrossEntropyGradient } from '../../../../../operators/learn/strategies/rehearsal-free/mma-head.ts';

const random = seededRandom(4);
const classes = 3;
const logits = Float32Array.from({ length: 4 * classes }, () => 3 * random() - 1);
const targets = Float32Array.of(1, 0, 0, 0, 0.6, 0, 0, 0, 0, 0, 0, 0.3);

/** The derivative of a loss in every logit, by central differences. */
function slopes(loss: (logits: Float32Array) => number): number[] {
  const step = 1e-2;
  return Array.from(logits, (value, i) => {
    const up = loss(logits.with(i, value + step));
    return (up - loss(logits.with(i, value - step))) / (2 * step);
  });
}

/**
 * Mean over rows of -Σ target · log(share), background's share first merged with that of the
 * `merged` columns.
 */
function crossEntropyLoss(values: Float32Array, merged: readonly number[]): number {
  const shares = softmaxRows(values, classes);
  let loss = 0;
  for (let row = 0; row < 4; row++) {
    const share = (k: number) => shares[row * (classes + 1) + k]!;
    let rest = 1;
    for (let k = 0; k < classes; k++) {
      const target = targets[row * classes + k]!;
      rest -= target;
      loss -= (target * Math.log(share(k))) / 4;
    }
    const nothing = merged.reduce((sum, k) => sum + share(k), share(classes));
    loss -= (rest * Math.log(nothing)) / 4;
  }
  return loss;
}

describe('softmaxRows', () => {
  it('divides 1 among the classes and a background with a logit of 0', () => {
    const shares = softmaxRows(Float32Array.of(0, 0, 0, Math.log(2), Math.log(5), -1000), 3);
    expect([...shares.subarray(0, 4)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    [2 / 8, 5 / 8, 0, 1 / 8].forEach((share, k) => expect(shares[4 + k]).toBeCloseTo(share, 6));
  });

  it('stays finite for logits in the thousands', () => {
    expect([...softmaxRows(Float32Array.of(3000, -3000), 2)]).toEqual([1, 0, 0]);
    expect([...softmaxRows(Float32Array.of(-3000, -3000), 2)]).toEqual([0, 0, 1]);
  });

  it('evens out shares at a higher temperature', () => {
    const [hot] = softmaxRows(Float32Array.of(2), 1, 2);
    expect(hot).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  });

  it('assigns everything to background without classes', () => {
    expect([...softmaxRows(new Float32Array(0), 0)]).toEqual([]);
  });
});

describe('gradients of cross-entropy', () => {
  it('are the derivative of the loss', () => {
    const gradient = crossEntropyGradient(logits, targets, classes);
    slopes((values) => crossEntropyLoss(values, [])).forEach((slope, i) =>
      expect(gradient[i]).toBeCloseTo(slope, 4),
    );
  });

  it.each([[[0]], [[0, 2]], [[]]])(
    'are the derivative of the loss if background includes the classes %j',
    (old) => {
      const gradient = unbiasedCrossEntropyGradient(logits, targets, classes, old);
      slopes((values) => crossEntropyLoss(values, old)).forEach((slope, i) =>
        expect(gradient[i]).toBeCloseTo(slope, 4),
      );
    },
  );

  it('do not penalise an old class on background rows', () => {
    // One background row with a high score of the old class.
    const gradient = unbiasedCrossEntropyGradient(
      Float32Array.of(4, -20),
      Float32Array.of(0, 0),
      2,
      [0],
    );
    expect(Math.abs(gradient[0]!)).toBeLessThan(1e-6);
    expect(crossEntropyGradient(Float32Array.of(4, -20), Float32Array.of(0, 0), 2)[0]).toBeCloseTo(
      1 / (1 + Math.exp(-4)),
      5,
    );
  });
});

describe('columns', () => {
  it('are picked in the given order, and added back to the same columns', () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const picked = pickColumns(values, 3, [2, 0]);
    expect([...picked]).toEqual([3, 1, 6, 4]);
    addColumns(values, 3, [2, 0], picked);
    expect([...values]).toEqual([2, 2, 6, 8, 5, 12]);
  });
});
