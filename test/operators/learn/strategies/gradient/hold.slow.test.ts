import { describe, expect, it } from 'vitest';
import { createMixedReplay } from '../../../../../operators/learn/strategies/rehearsal/mixed-replay.ts';
import { createDer } from '../../../../../operators/learn/strategies/rehearsal/der.ts';
import { createEwc } from '../../../../../operators/learn/strategies/rehearsal-free/ewc.ts';
import { layerLogits } from '../../../../../operators/learn/strategies/gradient/layer-rows.ts';
import { createLwfHead } from '../../../../../operators/learn/strategies/rehearsal-free/lwf-head.ts';
import { createMmaHead } from '../../../../../operators/learn/strategies/rehearsal-free/mma-head.ts';
import type { GradientOptions } from '../../../../../operators/learn/strategies/gradient/gradient-options.ts';
import type { Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';
import { sameTuning } from '../same-tuning.ts';

const background = makeBackground(200);
const [first, second] = [makeExamples('a', 4), makeExamples('b', 4)];

/** Total change of the first class's logits, on its own examples, while the second is learned. */
async function drift(create: (options: GradientOptions) => Strategy, hold: number) {
  const strategy = create({ backend: 'wasm', steps: 60, ...sameTuning, hold });
  const before = await strategy.update(changeOf({ added: first, background }));
  const replay = () => [...first, ...second];
  const after = await strategy.update(changeOf({ added: second, background, replay }));
  let sum = 0;
  for (const { dense } of first) {
    const now = layerLogits(after.dense, dense);
    const old = layerLogits(before.dense, dense);
    old.forEach((logit, i) => (sum += Math.abs(logit - now[2 * i]!)));
  }
  return sum;
}

describe('hold', () => {
  it.each([
    { name: 'ewc', create: createEwc },
    { name: 'lwf-head', create: createLwfHead },
    { name: 'mma-head', create: createMmaHead },
    { name: 'der', create: createDer },
    { name: 'mixed-replay', create: createMixedReplay },
  ])('lets $name move less the larger it is', async ({ create }) => {
    const [loose, firm] = [await drift(create, 0.01), await drift(create, 100)];
    expect(firm).toBeLessThan(0.8 * loose);
  });
});
