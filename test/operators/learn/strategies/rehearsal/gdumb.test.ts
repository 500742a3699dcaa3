import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  exemplarBytes,
  packExemplar,
} from '../../../../../operators/learn/strategies/rehearsal/exemplar.ts';
import { ExemplarStore } from '../../../../../operators/learn/strategies/rehearsal/exemplar-store.ts';
import {
  createGdumb,
  gdumbMethod,
} from '../../../../../operators/learn/strategies/rehearsal/gdumb.ts';
import type { Change } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';
import { updateContext } from '../update-context.ts';

const one = exemplarBytes(packExemplar(makeExample('a0', 'a'), cropEmbeddingLength));
const background = makeBackground(60);

async function admit(store: ExemplarStore, change: Partial<Change>, room = 6) {
  const context = updateContext(change, { ownBytesMax: room * one });
  return gdumbMethod.admit!(store, context);
}

const ids = (store: ExemplarStore, label: string | null) =>
  store.ofLabel(label).map(({ id }) => id);

describe('gdumb', () => {
  it('keeps examples while there is room, and rejects further ones of the largest class', async () => {
    const store = await admit(new ExemplarStore(), { added: makeExamples('a', 9) });
    expect(ids(store, 'a')).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
  });

  it('divides its bytes evenly between classes, and keeps no negatives', async () => {
    let store = await admit(new ExemplarStore(), { added: makeExamples('a', 6) });
    store = await admit(store, { added: makeExamples('b', 6) });
    expect([store.ofLabel('a').length, ids(store, 'b')]).toEqual([3, ['b0', 'b1', 'b2']]);
    store = await admit(store, { added: [makeExample('n', null), ...makeExamples('c', 4)] });
    expect(['a', 'b', 'c', null].map((label) => store.ofLabel(label).length)).toEqual([2, 2, 2, 0]);
    expect(store.bytes).toBeLessThanOrEqual(6 * one);
  });

  it('evicts a random example of the largest class, as the seed decides', async () => {
    const full = new ExemplarStore(
      makeExamples('a', 6).map((each) => packExemplar(each, cropEmbeddingLength)),
    );
    const left = await Promise.all(
      [1, 2, 3].map(async (seed) => {
        const change = { added: makeExamples('b', 2) };
        const context = updateContext(change, { ownBytesMax: 6 * one, random: seededRandom(seed) });
        return ids(await gdumbMethod.admit!(full, context), 'a').join();
      }),
    );
    expect(new Set(left).size).toBeGreaterThan(1);
  });

  it('drops removed examples', async () => {
    const store = new ExemplarStore(
      makeExamples('a', 3).map((each) => packExemplar(each, cropEmbeddingLength)),
    );
    const left = await admit(store, { removed: makeExamples('a', 1) });
    expect(ids(left, 'a')).toEqual(['a1', 'a2']);
  });

  it('trains from zero, independent of earlier heads', async () => {
    const change = changeOf({ added: makeExamples('a', 3), background });
    const next = changeOf({ added: makeExamples('b', 3) });
    const drafts = [];
    for (const steps of [1, 15]) {
      const first = createGdumb({ steps, backend: 'wasm' });
      const { dense } = await first.update(change);
      const second = createGdumb({ steps: 15, backend: 'wasm' });
      second.restore(first.save());
      drafts.push({ before: dense, after: await second.update(next) });
    }
    expect(drafts[0]!.before).not.toEqual(drafts[1]!.before);
    expect(drafts[0]!.after).toEqual(drafts[1]!.after);
  });
});
