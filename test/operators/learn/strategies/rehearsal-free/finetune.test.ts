import { describe, expect, it } from 'vitest';
import { scorePeak } from '../../../../../operators/detect/heads/score.ts';
import { createFinetune } from '../../../../../operators/learn/strategies/rehearsal-free/finetune.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';
import { sameTuning } from '../same-tuning.ts';

describe('finetune strategy', () => {
  it('forgets a class when the next one is learned at a rate that learns it well', async () => {
    const strategy = createFinetune({ backend: 'wasm', ...sameTuning });
    const background = makeBackground(200);
    const old = makeExamples('a', 6);
    const before = await strategy.update(changeOf({ added: old, background }));
    const after = await strategy.update(changeOf({ added: makeExamples('b', 6), background }));
    const latent = old[0]!.dense.slice(0, 128);
    expect(scorePeak({ ...before, version: 1 }, latent)[0]).toBeGreaterThan(0.8);
    expect(scorePeak({ ...after, version: 2 }, latent)[0]).toBeLessThan(0.4);
  });

  it('never reads the sample memory', async () => {
    const replay = () => {
      throw new Error('read');
    };
    const strategy = createFinetune({ backend: 'wasm', steps: 5 });
    const draft = await strategy.update(changeOf({ added: makeExamples('a', 2), replay }));
    expect(draft.classes).toEqual(['a']);
  });

  it('does not change its layers for a change with background only', async () => {
    const strategy = createFinetune({ backend: 'wasm', steps: 20 });
    const before = await strategy.update(changeOf({ added: makeExamples('a', 4) }));
    const after = await strategy.update(changeOf({ background: makeBackground(50) }));
    expect(after.dense).toEqual(before.dense);
    expect(after.objectness).not.toEqual(before.objectness);
  });
});
