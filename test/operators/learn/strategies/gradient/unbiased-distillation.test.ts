import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { softmaxRows } from '../../../../../operators/learn/strategies/gradient/cross-entropy.ts';
import { unbiasedDistillationGradient } from '../../../../../operators/learn/strategies/gradient/unbiased-distillation.ts';

const classes = 4;
const split = { old: [0, 2], taught: [1, 3] };
const random = seededRandom(3);
const draw = () => Float32Array.from({ length: 3 * classes }, () => 4 * random() - 2);
const logits = draw();
const taught = draw();

/** Mean cross-entropy between the teacher's shares and the pupil's, background and taught classes together. */
function loss(values: Float32Array): number {
  const shares = softmaxRows(values, classes);
  let sum = 0;
  for (let row = 0; row < 3; row++) {
    const own = shares.subarray(row * 5, (row + 1) * 5);
    const told = [0, 2].map((k) => Math.exp(taught[row * classes + k]!));
    const total = told[0]! + told[1]! + 1;
    sum -= (told[0]! / total) * Math.log(own[0]!) + (told[1]! / total) * Math.log(own[2]!);
    sum -= (1 / total) * Math.log(own[1]! + own[3]! + own[4]!);
  }
  return sum / 3;
}

describe('unbiased distillation', () => {
  it('is the slope of its loss', () => {
    const gradient = unbiasedDistillationGradient(logits, taught, classes, split);
    logits.forEach((_, i) => {
      const step = 0.01;
      const ahead = loss(logits.map((value, j) => (j === i ? value + step : value)));
      const behind = loss(logits.map((value, j) => (j === i ? value - step : value)));
      expect(gradient[i]).toBeCloseTo((ahead - behind) / (2 * step), 4);
    });
  });

  it('asks nothing of a pupil that calls new what the teacher called background', () => {
    const knows = Float32Array.of(1, 0, 0.5, 0);
    // Background's 1 as the teacher sees it, split among background and the two new classes.
    const pupil = Float32Array.of(1 + Math.log(3), 0, 0.5 + Math.log(3), 0);
    const gradient = unbiasedDistillationGradient(pupil, knows, classes, split);
    gradient.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-6));
  });
});
