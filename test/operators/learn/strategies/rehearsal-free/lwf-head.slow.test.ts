import { describe, expect, it } from 'vitest';
import { createFinetune } from '../../../../../operators/learn/strategies/rehearsal-free/finetune.ts';
import { layerLogits } from '../../../../../operators/learn/strategies/gradient/layer-rows.ts';
import { createLwfHead } from '../../../../../operators/learn/strategies/rehearsal-free/lwf-head.ts';
import { createMmaHead } from '../../../../../operators/learn/strategies/rehearsal-free/mma-head.ts';
import type { Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, latentOf, makeBackground, makeExamples } from '../../make-example.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { sameTuning } from '../same-tuning.ts';

const background = makeBackground(200);
const options = { backend: 'wasm', steps: 80, ...sameTuning } as const;

/** Unlabelled cells that show the class. */
function unlabelled(label: string): Float32Array {
  const random = seededRandom(12);
  const cells = new Float32Array(100 * 128);
  for (let i = 0; i < 100; i++) cells.set(latentOf(label, 128, random), i * 128);
  return cells;
}

/**
 * The first class's logits on some cells, before and after learning a second class with this
 * background.
 */
async function logitsAround(
  strategy: Strategy,
  cells: Float32Array,
  second: Float32Array,
): Promise<readonly [Float32Array, Float32Array]> {
  const change = changeOf({ added: makeExamples('a', 6), background });
  const before = await strategy.update(change);
  const next = changeOf({ added: makeExamples('b', 6), background: second });
  const after = await strategy.update(next);
  const oldClass = layerLogits(after.dense, cells).filter((_, i) => i % 2 === 0);
  return [layerLogits(before.dense, cells), oldClass];
}

const mean = (values: Float32Array) =>
  values.reduce((sum, value) => sum + value / values.length, 0);

/** The old class's loss of logits on cells of the new one, and its remaining logits on its own. */
async function outcome(create: typeof createLwfHead): Promise<{ moved: number; left: number }> {
  const fresh = makeExamples('b', 6)[0]!.dense.slice(0, 128);
  const [before, after] = await logitsAround(create(options), fresh, background);
  const seen = unlabelled('a');
  const [, left] = await logitsAround(create(options), seen, seen);
  return { moved: mean(before.map((logit, i) => Math.abs(logit - after[i]!))), left: mean(left) };
}

describe('methods that distil their last head', () => {
  it.each([
    ['lwf-head', createLwfHead, 0.1],
    // Its cross-entropy compares a new class with the old ones too, not only with background.
    ['mma-head', createMmaHead, 0.9],
  ])('%s keeps old outputs, also of objects that nobody labelled', async (_name, create, share) => {
    const [held, finetune] = [await outcome(create), await outcome(createFinetune)];
    expect(held.moved).toBeLessThan(share * finetune.moved);
    expect(finetune.left).toBeLessThan(0);
    expect(held.left).toBeGreaterThan(1);
  });

  it.each([
    ['lwf-head', createLwfHead],
    ['mma-head', createMmaHead],
  ])('%s begins like fine-tuning: with nothing to distil yet', async (_name, create) => {
    const change = changeOf({ added: makeExamples('a', 4), background });
    const [held, finetune] = [
      await create(options).update(change),
      await createFinetune(options).update(change),
    ];
    expect(held.dense.weights).toHaveLength(128);
    held.dense.weights.forEach((weight, i) =>
      expect(weight).toBeCloseTo(finetune.dense.weights[i]!, 3),
    );
  });
});
