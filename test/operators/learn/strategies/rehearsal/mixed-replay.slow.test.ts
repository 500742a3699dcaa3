import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import { denseLatentLength } from '../../../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { mixedReplayMethod } from '../../../../../operators/learn/strategies/rehearsal/mixed-replay.ts';
import {
  exemplarBytes,
  packExemplar,
} from '../../../../../operators/learn/strategies/rehearsal/exemplar.ts';
import { ExemplarStore } from '../../../../../operators/learn/strategies/rehearsal/exemplar-store.ts';
import { FeatureScale } from '../../../../../operators/learn/strategies/gradient/feature-scale.ts';
import type { LayerContext } from '../../../../../operators/learn/strategies/gradient/method.ts';
import type { Batch } from '../../../../../operators/learn/strategies/gradient/train-layer.ts';
import { TrainingRows } from '../../../../../operators/learn/strategies/gradient/training-rows.ts';
import type { Example } from '../../../../../operators/learn/strategy.ts';
import { makeExample, makeExamples } from '../../make-example.ts';
import { updateContext } from '../update-context.ts';

const one = exemplarBytes(packExemplar(makeExample('a0', 'a'), cropEmbeddingLength));
const ids = (store: ExemplarStore, label: string) => store.ofLabel(label).map(({ id }) => id);

async function select(store: ExemplarStore, added: readonly Example[], room: number) {
  const context = updateContext({ added }, { ownBytesMax: room * one });
  return mixedReplayMethod.consolidate!(store, context, {});
}

describe('mixed-replay', () => {
  it('keeps the examples nearest to their class mean', async () => {
    const strange = { ...makeExample('z0', 'z'), label: 'a' };
    const ordinary = makeExamples('a', 5);
    const all = await select(new ExemplarStore(), [strange, ...ordinary], 6);
    expect(ids(all, 'a').at(-1)).toBe('z0');
    const fewer = await select(new ExemplarStore(), [strange, ...ordinary], 4);
    expect(ids(fewer, 'a')).toEqual(ids(all, 'a').slice(0, 4));
  });

  it('divides its bytes evenly between classes, evicting the farthest examples first', async () => {
    const first = await select(new ExemplarStore(), makeExamples('a', 6), 6);
    const second = await select(first, makeExamples('b', 6), 6);
    expect(ids(second, 'a')).toEqual(ids(first, 'a').slice(0, 3));
    expect(second.ofLabel('b')).toHaveLength(3);
    expect(second.bytes).toBeLessThanOrEqual(6 * one);
  });

  it('ranks by crop embeddings if all examples have one', async () => {
    const withCrop = (label: string, id: string) => makeExample(id, label, { crops: 1 });
    const odd = { ...withCrop('a', 'odd'), embeddings: withCrop('z', 'odd').embeddings };
    const plain = ['p0', 'p1', 'p2', 'p3'].map((id) => withCrop('a', id));
    const store = await select(new ExemplarStore(), [odd, ...plain], 100);
    expect(ids(store, 'a').at(-1)).toBe('odd');
  });

  it('keeps no negatives', async () => {
    const store = await select(new ExemplarStore(), [makeExample('n0', null)], 6);
    expect(store.count).toBe(0);
  });

  it('mixes background into some of the replayed rows only', () => {
    const { batch, before, context } = makeBatch();
    const { prepare, teacher } = mixedReplayMethod.objective!(new ExemplarStore(), context);
    expect(teacher).toBe(context.start);
    prepare!(batch, seededRandom(3));
    const shares: number[] = [];
    for (let i = 0; i < batch.size; i++) {
      const row = batch.x.subarray(i * 129, (i + 1) * 129);
      const plain = before.subarray(i * 129, (i + 1) * 129);
      if (i % 4 === 0 && row[0] !== plain[0]) {
        const behind = before.subarray((i + 1) * 129, (i + 2) * 129);
        const share = (row[0]! - plain[0]!) / (behind[0]! - plain[0]!);
        shares.push(share);
        const mixture = plain.map((value, k) => (1 - share) * value + share * behind[k]!);
        row.forEach((value, k) => expect(value).toBeCloseTo(mixture[k]!, 4));
      } else expect(row).toEqual(plain);
    }
    const mean = shares.reduce((sum, share) => sum + share / shares.length, 0);
    expect(shares.length).toBeGreaterThan(70);
    expect(shares.length).toBeLessThan(130);
    expect(shares.every((share) => share > 0 && share < 1)).toBe(true);
    // Beta(2, 5) has a mean of 2/7.
    expect(Math.abs(mean - 2 / 7)).toBeLessThan(0.06);
  });

  it('does not hold a class with removed examples', () => {
    const { context } = makeBatch(makeExamples('a', 1));
    expect(mixedReplayMethod.objective!(new ExemplarStore(), context).teacher).toBeUndefined();
  });
});

/**
 * 800 rows in turn of class a, which is replayed, background, class b, which is new, and
 * background.
 */
function makeBatch(removed: readonly Example[] = []) {
  const added = makeExamples('b', 1);
  const update = updateContext({ added, removed }, { before: ['a'] });
  const rows = new TrainingRows(denseLatentLength, update.classes);
  rows.add(new Float32Array(denseLatentLength), 'a');
  rows.add(new Float32Array(denseLatentLength), 'b');
  rows.add(new Float32Array(denseLatentLength), null);
  const context: LayerContext = {
    ...update,
    layer: 'dense',
    hold: 1,
    examples: [],
    rows,
    scale: new FeatureScale(denseLatentLength),
    start: new Float32Array(2 * 129),
  };
  const random = seededRandom(2);
  const batch: Batch = {
    size: 800,
    classes: 2,
    rows: Int32Array.from({ length: 800 }, (_, i) => [0, 2, 1, 2][i % 4]!),
    x: Float32Array.from({ length: 800 * 129 }, random),
    y: new Float32Array(800 * 2),
  };
  return { batch, before: batch.x.slice(), context };
}
