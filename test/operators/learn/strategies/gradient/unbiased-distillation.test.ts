import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { softmaxRows } from '../../../../../operators/learn/strategies/gradient/cross-entropy.ts';
import { unbiasedDistillationGradient } from '../../../../../operators/learn/strategies/gradient/unbiased-distillation.ts';

const classes = 4;
const split = { old: [0, 2], current: [1, 3] };
const random = seededRandom(3);
const draw = () => Float32Array.from({ length: 3 * classes }, () => 4 * random() - 2);
const logits = draw();
const teacherLogits = draw();

/** Mean cross-entropy of teacher and student shares, with background and current classes summed. */
function loss(values: Float32Array): number {
  const shares = softmaxRows(values, classes);
  let sum = 0;
  for (let row = 0; row < 3; row++) {
    const own = shares.subarray(row * 5, (row + 1) * 5);
    const powers = [0, 2].map((k) => Math.exp(teacherLogits[row * classes + k]!));
    const total = powers[0]! + powers[1]! + 1;
    sum -= (powers[0]! / total) * Math.log(own[0]!) + (powers[1]! / total) * Math.log(own[2]!);
    sum -= (1 / total) * Math.log(own[1]! + own[3]! + own[4]!);
  }
  return sum / 3;
}

describe('unbiased distillation', () => {
  it('is the derivative of its loss', () => {
    const gradient = unbiasedDistillationGradient(logits, teacherLogits, classes, split);
    logits.forEach((_, i) => {
      const step = 0.01;
      const ahead = loss(logits.map((value, j) => (j === i ? value + step : value)));
      const behind = loss(logits.map((value, j) => (j === i ? value - step : value)));
      expect(gradient[i]).toBeCloseTo((ahead - behind) / (2 * step), 4);
    });
  });

  it('is zero for a student that predicts new classes where the teacher predicts background', () => {
    const teacher = Float32Array.of(1, 0, 0.5, 0);
    // The teacher's background share, divided between background and the two new classes.
    const student = Float32Array.of(1 + Math.log(3), 0, 0.5 + Math.log(3), 0);
    const gradient = unbiasedDistillationGradient(student, teacher, classes, split);
    gradient.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-6));
  });
});
