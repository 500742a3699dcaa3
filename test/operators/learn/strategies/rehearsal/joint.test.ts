import { describe, expect, it } from 'vitest';
import { scorePeak } from '../../../../../operators/detect/heads/score.ts';
import { createJoint } from '../../../../../operators/learn/strategies/rehearsal/joint.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';

const background = makeBackground(100);
const first = makeExamples('a', 4);
const second = makeExamples('b', 4);
const options = { backend: 'wasm', steps: 15 } as const;

describe('joint strategy', () => {
  it('trains on all examples so far without the sample memory', async () => {
    const strategy = createJoint(options);
    const replay = () => {
      throw new Error('read');
    };
    await strategy.update(changeOf({ added: first, background, replay }));
    const draft = await strategy.update(changeOf({ added: second, replay }));
    const score = (latent: Float32Array) => [...scorePeak({ ...draft, version: 1 }, latent)];
    for (const { dense } of first) expect(score(dense.slice(0, 128))[0]).toBeGreaterThan(0.8);
    for (const { dense } of second) expect(score(dense.slice(0, 128))[1]).toBeGreaterThan(0.8);
  });

  it('ignores the byte limit, and reports its bytes', async () => {
    const strategy = createJoint({ ...options, bytesMax: 1000 });
    await strategy.update(changeOf({ added: first, background }));
    const before = strategy.stateBytes;
    await strategy.update(changeOf({ added: makeExamples('a', 6, { from: 4 }) }));
    const values = first[0]!.dense.length + first[0]!.denseTargets.length;
    expect(strategy.stateBytes - before).toBeGreaterThanOrEqual(6 * 2 * values);
  });

  it('drops removed examples', async () => {
    const strategy = createJoint(options);
    await strategy.update(changeOf({ added: first, background }));
    const { stateBytes } = strategy;
    await strategy.update(changeOf({ added: second }));
    const draft = await strategy.update(changeOf({ removed: second }));
    expect(draft.classes).toEqual(['a']);
    expect(strategy.stateBytes).toBe(stateBytes);
  });
});
