import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../../operators/detect/engines/engine.ts';
import { createRidge } from '../../../../../operators/learn/strategies/closed-form/ridge.ts';
import type { HeadDraft } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';

/** Largest difference between two drafts' weights, relative to their largest weight. */
function difference(a: HeadDraft, b: HeadDraft): number {
  expect(a.classes).toEqual(b.classes);
  const numbers = (draft: HeadDraft) => [
    ...draft.objectness.weights,
    draft.objectness.bias,
    ...draft.dense.weights,
    ...draft.dense.bias,
    ...(draft.crop?.weights ?? []),
    ...(draft.crop?.bias ?? []),
  ];
  const [x, y] = [numbers(a), numbers(b)];
  expect(x).toHaveLength(y.length);
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0) / largest;
}

describe('ridge strategy', () => {
  const background = makeBackground(50);
  const a = makeExamples('a', 4, { crops: 2 });
  const b = makeExamples('b', 3, { crops: 2 });
  const nothing = makeExample('n', null, { crops: 1 });

  it('unlearns a class exactly', async () => {
    const strategy = createRidge();
    await strategy.update(changeOf({ added: [...a, ...b, nothing], background }));
    const without = await strategy.update(changeOf({ removed: [...b, nothing] }));
    const never = await createRidge().update(changeOf({ added: a, background }));
    expect(difference(without, never)).toBeLessThan(1e-6);
  });

  it('learns the same in any order and any number of updates', async () => {
    const once = await createRidge().update(changeOf({ added: [...a, ...b, nothing], background }));
    const bit = createRidge();
    await bit.update(changeOf({ added: [a[3]!, b[2]!] }));
    await bit.update(changeOf({ background }));
    const rest = [nothing, b[0]!, a[1]!, b[1]!, a[2]!, a[0]!];
    const bitByBit = await bit.update(changeOf({ added: rest }));
    expect(difference(once, bitByBit)).toBeLessThan(1e-6);
  });

  it('is empty to the bit once all examples are removed', async () => {
    const strategy = createRidge();
    const empty = strategy.save();
    await strategy.update(changeOf({ added: [...a, nothing] }));
    await strategy.update(changeOf({ removed: [nothing, ...a] }));
    expect(Buffer.compare(strategy.save(), empty)).toBe(0);
  });

  it('never reads the sample memory', async () => {
    const replay = () => {
      throw new Error('read');
    };
    const draft = await createRidge().update(changeOf({ added: makeExamples('a', 2), replay }));
    expect(draft.classes).toEqual(['a']);
  });

  it('weighs every crop embedding the same, regardless of its example', async () => {
    const half = b[0]!.embeddings.length / 2;
    const split = b.flatMap((example) => [
      { ...example, embeddings: example.embeddings.slice(0, half) },
      {
        ...example,
        id: `${example.id}/2`,
        embeddings: example.embeddings.slice(half),
        dense: new Float32Array(0),
        denseTargets: new Float32Array(0),
      },
    ]);
    const together = await createRidge().update(changeOf({ added: [...a, ...b] }));
    const apart = await createRidge().update(changeOf({ added: [...a, ...split] }));
    expect(difference(together, apart)).toBeLessThan(1e-6);
  });

  it('weighs a background row as the number of cells it stands for', async () => {
    const added = makeExamples('a', 3);
    const four = await createRidge().update(changeOf({ added, background, backgroundWeight: 4 }));
    const repeated = new Float32Array(background.length * 4);
    for (let i = 0; i < 4; i++) repeated.set(background, i * background.length);
    const one = await createRidge().update(
      changeOf({ added, background: repeated, backgroundWeight: 1 }),
    );
    expect(difference(four, one)).toBeLessThan(1e-6);
  });

  it('does not grow with the number of examples', async () => {
    const strategy = createRidge();
    await strategy.update(changeOf({ added: makeExamples('a', 2) }));
    const before = strategy.stateBytes;
    await strategy.update(changeOf({ added: makeExamples('a', 20, { from: 2 }), background }));
    expect(strategy.stateBytes).toBe(before);
    // Half a symmetric matrix of each latent with its bias, in float64, and one row per class.
    const half = (length: number) => ((length + 1) * (length + 2) * 8) / 2;
    const halves = half(denseLatentLength) + half(cropEmbeddingLength);
    expect(before).toBeGreaterThan(halves);
    expect(before).toBeLessThan(1.01 * halves);
  });
});
