import { describe, expect, it } from 'vitest';
import { createFinetune } from '../../../../../operators/learn/strategies/rehearsal-free/finetune.ts';
import { layerLogits } from '../../../../../operators/learn/strategies/gradient/layer-rows.ts';
import { createGradientProjection } from '../../../../../operators/learn/strategies/rehearsal-free/gradient-projection.ts';
import type { Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';
import { sameTuning } from '../same-tuning.ts';

const background = makeBackground(100);
const options = { steps: 40, backend: 'wasm', ...sameTuning } as const;

/** Change of the first class's logits on its own cells when a second class is learned. */
async function drift(strategy: Strategy): Promise<number> {
  const first = makeExamples('a', 5);
  const before = await strategy.update(changeOf({ added: first, background }));
  const after = await strategy.update(changeOf({ added: makeExamples('b', 5), background }));
  const moved = first.flatMap(({ dense }) => {
    const [old, now] = [layerLogits(before.dense, dense), layerLogits(after.dense, dense)];
    return [...old].map((logit, row) => Math.abs(now[2 * row]! - logit));
  });
  return moved.reduce((sum, value) => sum + value / moved.length, 0);
}

describe('gradient-projection strategy', () => {
  it('hardly changes the outputs of an old class on old inputs', async () => {
    const projected = await drift(createGradientProjection(options));
    const unbound = await drift(createFinetune(options));
    expect(unbound).toBeGreaterThan(1);
    expect(projected).toBeLessThan(0.2 * unbound);
  });

  it('keeps fewer prototypes if bytes are few, and stays within them', async () => {
    const bytesMax = 260_000;
    const [bound, free] = [
      createGradientProjection({ ...options, steps: 2, bytesMax }),
      createGradientProjection(options),
    ];
    for (const label of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const change = changeOf({ added: makeExamples(label, 8, { crops: 2 }), background });
      await bound.update(change);
      expect(bound.stateBytes).toBeLessThanOrEqual(bytesMax);
      if (label < 'c') await free.update(change);
    }
    expect(bound.classes).toHaveLength(6);
    expect(free.stateBytes).toBeGreaterThan(bytesMax);
  });

  it('learns from further examples of an old class', async () => {
    const strategy = createGradientProjection(options);
    await strategy.update(changeOf({ added: makeExamples('a', 2), background }));
    const later = makeExamples('a', 6, { from: 10 });
    const cells = later[0]!.dense;
    const { dense: before } = await strategy.update(changeOf({ added: makeExamples('b', 4) }));
    const { dense: after } = await strategy.update(changeOf({ added: later }));
    expect(layerLogits(after, cells)[0]).toBeGreaterThan(layerLogits(before, cells)[0]!);
  });
});
