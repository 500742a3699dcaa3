import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../../operators/detect/engines/engine.ts';
import { openFile } from '../../../../../operators/foundation/files/sealed-file.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { createAir } from '../../../../../operators/learn/strategies/closed-form/air.ts';
import { createFecamTied } from '../../../../../operators/learn/strategies/closed-form/fecam-tied.ts';
import { createKlda } from '../../../../../operators/learn/strategies/closed-form/klda.ts';
import { createFecam } from '../../../../../operators/learn/strategies/closed-form/fecam.ts';
import { createNcm } from '../../../../../operators/learn/strategies/closed-form/ncm.ts';
import { createTruncatedSvd } from '../../../../../operators/learn/strategies/closed-form/truncated-svd.ts';
import { createRanpac } from '../../../../../operators/learn/strategies/closed-form/ranpac.ts';
import { createSlda } from '../../../../../operators/learn/strategies/closed-form/slda.ts';
import type { StatisticsOptions } from '../../../../../operators/learn/strategies/closed-form/statistics-strategy.ts';
import type { Example, Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';

/** Number of embedding features in the saved state. */
function featureCount(strategy: Strategy): number {
  const kind = { name: strategy.name, magic: 'LLSTATST', version: 3 };
  return (openFile(kind, strategy.save()).header as { lookFeatures: number }).lookFeatures;
}

describe.each([
  ['ncm', createNcm, 112_000],
  ['slda', createSlda, 206_000],
  ['ranpac', createRanpac, 206_000],
  ['truncated-svd', createTruncatedSvd, 180_000],
  ['klda', createKlda, 206_000],
  ['fecam-tied', createFecamTied, 206_000],
  // As many features for two classes as for three.
  ['fecam', createFecam, 206_000, 160_000],
  ['air', createAir, 206_000, 160_000],
])('%s', (name, createMethod, tightBytes, bytesMax = 250_000) => {
  // Few embedding features, so that a test takes milliseconds.
  const create = (options: StatisticsOptions = {}) => createMethod({ bytesMax, ...options });
  const background = makeBackground(50);
  const a = makeExamples('a', 4, { crops: 2 });
  const b = makeExamples('b', 3, { crops: 2 });
  const c = makeExamples('c', 2, { crops: 1 });
  const nothing = [makeExample('n', null, { crops: 1 }), makeExample('m', null, { crops: 2 })];
  const all = [...a, ...b, ...c, ...nothing];

  it('drafts the same head for any order of classes and any number of updates', async () => {
    const once = await create().update(changeOf({ added: all, background }));
    for (const seed of [1, 2]) {
      const random = seededRandom(seed);
      const order = all
        .map((example) => ({ example, key: random() }))
        .sort((x, y) => x.key - y.key)
        .map(({ example }) => example);
      const strategy = create();
      await strategy.update(changeOf({ background }));
      for (let first = 0; first < 6; first += 3) {
        await strategy.update(changeOf({ added: order.slice(first, first + 3) }));
      }
      const last = await strategy.update(changeOf({ added: order.slice(6) }));
      // Random features are many and alike, so that solving them enlarges what float32 rounds off.
      const rounding = ['ranpac', 'klda'].includes(name) ? 1e-3 : 1e-4;
      expect(draftDifference(last, once)).toBeLessThan(rounding);
    }
  });

  it('unlearns removed examples without a trace', async () => {
    const strategy = create();
    await strategy.update(changeOf({ added: all, background }));
    const without = await strategy.update(changeOf({ removed: [...b, nothing[1]!] }));
    const never = await create().update(changeOf({ added: [...a, ...c, nothing[0]!], background }));
    expect(draftDifference(without, never)).toBeLessThan(1e-3);
    // A single example changes far more than rounding does.
    const fewer = await create().update(
      changeOf({ added: [...a.slice(1), ...c, nothing[0]!], background }),
    );
    expect(draftDifference(fewer, never)).toBeGreaterThan(1e-2);
    // Without a cap, under which dropped features would stay dropped.
    const empty = create({ bytesMax: Infinity });
    const before = empty.save();
    await empty.update(changeOf({ added: all }));
    await empty.update(changeOf({ removed: all }));
    expect(Buffer.compare(empty.save(), before)).toBe(0);
  });

  it('never reads the sample memory', async () => {
    const replay = () => {
      throw new Error('read');
    };
    const draft = await create().update(changeOf({ added: b, background, replay }));
    expect(draft.classes).toEqual(['b']);
  });

  it('stays within its bytes by dropping features as classes are added', async () => {
    const strategy = create({ bytesMax: tightBytes });
    const features = [featureCount(strategy)];
    for (const label of 'abcdefghij') {
      await strategy.update(changeOf({ added: makeExamples(label, 1, { crops: 1 }), background }));
      expect(strategy.stateBytes).toBeLessThanOrEqual(tightBytes);
      features.push(featureCount(strategy));
    }
    expect(features.every((count, i) => i === 0 || count <= features[i - 1]!)).toBe(true);
    expect(features.at(-1)).toBeLessThan(features[0]!);
    expect(strategy.stateBytes).toBeGreaterThan(tightBytes / 2);
  });

  it('does not grow with the number of examples', async () => {
    const strategy = create();
    await strategy.update(changeOf({ added: a, background }));
    const before = strategy.stateBytes;
    await strategy.update(
      changeOf({ added: makeExamples('a', 9, { crops: 1, from: 4 }), background }),
    );
    expect(strategy.stateBytes).toBe(before);
  });

  it('reports the bytes it needs if its limit is too low, and keeps its state', async () => {
    expect(() => create({ bytesMax: 1000 })).toThrow(
      /needs at least \d+ bytes for 0 classes and may take 1000/,
    );
    const strategy = create({ bytesMax: 80_000 });
    await strategy.update(changeOf({ added: a, background }));
    const before = strategy.save();
    const many = Array.from({ length: 20 }, (_, i) => makeExample(`m${i}`, `class ${i}`));
    await expect(strategy.update(changeOf({ added: many }))).rejects.toThrow(RangeError);
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('gives finite weights to a class without crops, and to a single class without background', async () => {
    const mixed = await create().update(
      changeOf({ added: [...a, makeExample('p', 'plain')], background }),
    );
    const length = mixed.crop!.length;
    expect(mixed.crop!.weights.subarray(length).every((value) => value === 0)).toBe(true);
    const cells = new Float32Array(denseLatentLength).fill(1);
    const embedding = new Float32Array(cropEmbeddingLength).fill(1);
    const lone: Example = {
      id: 'x',
      label: 'x',
      dense: cells,
      denseTargets: Float32Array.of(1),
      embeddings: embedding,
    };
    const draft = await create().update(changeOf({ added: [lone] }));
    const { dense, crop } = draft;
    expect([...dense.weights, ...crop!.weights, ...crop!.bias].every(Number.isFinite)).toBe(true);
  });
});
