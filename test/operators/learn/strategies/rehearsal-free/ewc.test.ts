import { describe, expect, it } from 'vitest';
import { createEwc } from '../../../../../operators/learn/strategies/rehearsal-free/ewc.ts';
import { createFinetune } from '../../../../../operators/learn/strategies/rehearsal-free/finetune.ts';
import type { HeadDraft, Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';
import { sameTuning } from '../same-tuning.ts';

const background = makeBackground(200);
const options = { backend: 'wasm', steps: 60, ...sameTuning } as const;

/** Change of the first class's weights while the second is learned. */
async function drift(strategy: Strategy): Promise<number> {
  const row = ({ dense }: HeadDraft) => dense.weights.subarray(0, dense.length);
  const added = makeExamples('a', 6);
  const before = row(await strategy.update(changeOf({ added, background })));
  const after = row(await strategy.update(changeOf({ added: makeExamples('b', 6), background })));
  return Math.hypot(...before.map((weight, i) => weight - after[i]!));
}

describe('ewc strategy', () => {
  it('holds the weights of an old class that fine-tuning moves', async () => {
    const [held, free] = [await drift(createEwc(options)), await drift(createFinetune(options))];
    expect(held).toBeLessThan(0.6 * free);
    expect(held).toBeGreaterThan(0);
  });

  it('equals fine-tuning in the first update', async () => {
    const change = changeOf({ added: makeExamples('a', 4), background });
    const [ewc, finetune] = [
      await createEwc(options).update(change),
      await createFinetune(options).update(change),
    ];
    expect(ewc.dense).toEqual(finetune.dense);
  });

  it('keeps one number for every weight, and drops them with their class', async () => {
    const added = makeExamples('a', 2);
    const extra = makeExamples('b', 2);
    const [ewc, finetune] = [createEwc(options), createFinetune(options)];
    const difference = () => ewc.stateBytes - finetune.stateBytes;
    for (const strategy of [ewc, finetune]) {
      await strategy.update(changeOf({ added: [...added, ...extra], background }));
    }
    expect(difference()).toBe(2 * 129 * 4);
    for (const strategy of [ewc, finetune]) await strategy.update(changeOf({ removed: extra }));
    expect(difference()).toBe(129 * 4);
  });
});
