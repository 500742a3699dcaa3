import { describe, expect, it } from 'vitest';
import { createDer } from '../../../../../operators/learn/strategies/rehearsal/der.ts';
import { createReplay } from '../../../../../operators/learn/strategies/rehearsal/replay.ts';
import { layerLogits } from '../../../../../operators/learn/strategies/gradient/layer-rows.ts';
import type { Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';
import { sameTuning } from '../same-tuning.ts';

const background = makeBackground(200);
const options = { backend: 'wasm', steps: 60, ...sameTuning } as const;
const first = makeExamples('a', 4);
const second = makeExamples('b', 4);
const overhead = (id: string) => 256 + 2 * id.length;

/** Total change of the first class's logits, on its own examples, while the second is learned. */
async function drift(strategy: Strategy): Promise<number> {
  const before = await strategy.update(changeOf({ added: first, background }));
  const after = await strategy.update(
    changeOf({ added: second, replay: () => [...first, ...second] }),
  );
  let sum = 0;
  for (const { dense } of first) {
    const old = layerLogits(before.dense, dense);
    const now = layerLogits(after.dense, dense);
    old.forEach((logit, i) => (sum += (logit - now[2 * i]!) ** 2));
  }
  return sum;
}

describe('der strategy', () => {
  it('holds logits that replay of labels alone lets move', async () => {
    expect(await drift(createDer(options))).toBeLessThan(
      0.5 * (await drift(createReplay(options))),
    );
  });

  it('keeps two bytes per logit, for the classes at the time and the examples in the memory', async () => {
    const [der, replay] = [
      createDer({ ...options, steps: 2 }),
      createReplay({ ...options, steps: 2 }),
    ];
    const difference = () => der.stateBytes - replay.stateBytes;
    for (const strategy of [der, replay]) {
      await strategy.update(changeOf({ added: first, background }));
    }
    expect(difference()).toBe(4 * (3 * 1 * 2 + overhead('a0')));
    const change = changeOf({ added: second, replay: () => [first[0]!, ...second] });
    for (const strategy of [der, replay]) await strategy.update(change);
    expect(difference()).toBe(3 * 1 * 2 + overhead('a0') + 4 * (3 * 2 * 2 + overhead('b0')));
    const undone = changeOf({ removed: second, replay: () => [first[0]!] });
    for (const strategy of [der, replay]) await strategy.update(undone);
    expect(difference()).toBe(3 * 1 * 2 + overhead('a0'));
  });

  it('drops the oldest logits when bytes run short', async () => {
    const free = createDer({ ...options, steps: 2 });
    const many = makeExamples('a', 60);
    const change = changeOf({ added: many });
    await free.update(change);
    const bytesMax = free.stateBytes - 2000;
    const bound = createDer({ ...options, steps: 2, bytesMax });
    await bound.update(change);
    expect(bound.stateBytes).toBeLessThan(bytesMax);
    const text = Buffer.from(bound.save()).toString('latin1');
    expect(text).toContain('"a59"');
    expect(text).not.toContain('"a0"');
  });
});
