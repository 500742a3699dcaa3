import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTfjsBackend } from '../../../../../operators/detect/engines/tfjs/tfjs-backend.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { crossEntropyGradient } from '../../../../../operators/learn/strategies/gradient/cross-entropy.ts';
import { FeatureScale } from '../../../../../operators/learn/strategies/gradient/feature-scale.ts';
import {
  crossEntropy,
  trainLayer,
  type Batch,
  type Objective,
  type TrainingOptions,
} from '../../../../../operators/learn/strategies/gradient/train-layer.ts';
import { TrainingRows } from '../../../../../operators/learn/strategies/gradient/training-rows.ts';

const rows = new TrainingRows(2, ['a', 'b', 'c']);
rows.add(Float32Array.of(3, 0, 2, 0), 'a');
rows.add(Float32Array.of(0, 3), 'b');
rows.add(Float32Array.of(-1, -1, -2, -1, -1, -2), null);
const scale = new FeatureScale(2);

function train(objective: Objective, options: Partial<TrainingOptions> = {}) {
  return trainLayer(tf, new Float32Array(9), rows, scale, objective, {
    steps: 80,
    batch: 12,
    learningRate: 0.1,
    weightDecay: 0,
    random: seededRandom(1),
    afterStep: () => Promise.resolve(),
    ...options,
  });
}

describe('trainLayer', () => {
  beforeAll(async () => {
    await startTfjsBackend('wasm');
  });

  it('separates classes from each other and from background', async () => {
    const weights = await train(crossEntropy);
    const logit = (k: number, x: number, y: number) =>
      weights[3 * k]! * x + weights[3 * k + 1]! * y + weights[3 * k + 2]!;
    expect(logit(0, 3, 0)).toBeGreaterThan(Math.max(1, logit(1, 3, 0)));
    expect(logit(1, 0, 3)).toBeGreaterThan(Math.max(1, logit(0, 0, 3)));
    expect(Math.max(logit(0, -2, -1), logit(1, -2, -1))).toBeLessThan(-1);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('draws every other row from background and the rest evenly from classes that have rows', async () => {
    const drawn: number[] = [];
    await train(
      { ...crossEntropy, prepare: ({ rows: numbers }) => void drawn.push(...numbers) },
      { steps: 50 },
    );
    const share = (of: readonly number[]) =>
      drawn.filter((row) => of.includes(row)).length / drawn.length;
    expect(share([3, 4, 5])).toBe(0.5);
    expect(share([0, 1])).toBe(0.25);
    expect(share([2])).toBe(0.25);
  });

  it('passes the logits of the teacher for the prepared batch to the gradient', async () => {
    const teacher = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 7);
    const seen: { x: Float32Array; teacherLogits: Float32Array }[] = [];
    await train(
      {
        teacher,
        prepare: ({ x }) => void x.fill(5, 0, 1),
        gradient: (logits, { x, y, classes }, teacherLogits) => {
          seen.push({ x: x.slice(), teacherLogits: teacherLogits.slice() });
          return crossEntropyGradient(logits, y, classes);
        },
      },
      { steps: 2 },
    );
    for (const { x, teacherLogits } of seen) {
      expect(x[0]).toBe(5);
      for (let row = 0; row < 12; row++) {
        expect([...teacherLogits.subarray(3 * row, 3 * row + 3)]).toEqual([
          x[3 * row],
          x[3 * row + 1],
          7,
        ]);
      }
    }
    expect(seen).toHaveLength(2);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('uses the gradient that adjust returns', async () => {
    const firstTwo = Float32Array.of(1, 1, 1, 1, 1, 1, 0, 0, 0);
    const masked = await train(
      {
        gradient: ({ length }: Float32Array, { size }: Batch) =>
          new Float32Array(length).fill(1 / size),
        adjust: (gradient, _weights, { mul, tensor2d }) =>
          mul(gradient, tensor2d(firstTwo, [3, 3])),
      },
      { steps: 4 },
    );
    expect([...masked.subarray(6)]).toEqual([0, 0, 0]);
    expect(masked[2]).toBeLessThan(-0.2);
    expect(masked[5]).toBeLessThan(-0.2);
  });

  it.each([
    { steps: 1, moved: 0.1 },
    { steps: 4, moved: 0.1 + 0.075 + 0.05 + 0.025 },
  ])('steps ever shorter, to nothing after the last of $steps', async ({ steps, moved }) => {
    // With a constant gradient, every Adam step is the whole learning rate.
    const weights = await train(
      { ...crossEntropy, adjust: (gradient, _weights, { onesLike }) => onesLike(gradient) },
      { steps },
    );
    for (const weight of weights) expect(weight).toBeCloseTo(-moved, 5);
  });

  it('leaves no tensor behind when a step throws', async () => {
    const teacher = new Float32Array(9);
    const broken: Objective = {
      teacher,
      gradient: () => {
        throw new Error('no gradient');
      },
    };
    await expect(train(broken)).rejects.toThrow('no gradient');
    expect(tf.memory().numTensors).toBe(0);
  });
});
