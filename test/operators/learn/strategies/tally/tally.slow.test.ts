import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../../operators/detect/engines/engine.ts';
import { scoreCrop, scorePeak } from '../../../../../operators/detect/heads/score.ts';
import { openFile } from '../../../../../operators/foundation/files/sealed-file.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { embeddingLayouts } from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';
import { createRidge } from '../../../../../operators/learn/strategies/closed-form/ridge.ts';
import { createTally } from '../../../../../operators/learn/strategies/tally/tally.ts';
import type { Example, HeadDraft, Strategy } from '../../../../../operators/learn/strategy.ts';
import {
  changeOf,
  latentOf,
  makeBackground,
  makeExample,
  makeExamples,
} from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';

const kiB = 1024;
/**
 * Enough cells to vary in all directions; along a constant one, a plane would be amplified rounding
 * error.
 */
const background = makeBackground(400);
const nothing = makeExample('n', null, { crops: 1 });
const all: readonly Example[] = [
  ...['a', 'b', 'c', 'd', 'e'].flatMap((label) => makeExamples(label, 3, { crops: 2 })),
  nothing,
];

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((x, y) => x.key - y.key)
    .map(({ value }) => value);
}

/** Number of fresh embeddings of a class that score highest as that class. */
function countRight(draft: HeadDraft, label: string, count = 10): number {
  const random = seededRandom(9);
  let right = 0;
  for (let i = 0; i < count; i++) {
    const scores = scoreCrop(
      { ...draft, version: 1 },
      latentOf(label, cropEmbeddingLength, random),
    )!;
    const best = scores.reduce((top, score, row) => (score > scores[top]! ? row : top), 0);
    if (draft.classes[best] === label) right++;
  }
  return right;
}

/** A label for `latentOf`, which derives the pattern of a class from the first letter. */
const labelOf = (i: number) => String.fromCharCode(0x4e00 + i);

/** Index of the embedding layout in the saved state. */
function layoutIndex(strategy: Strategy): number {
  const kind = { name: 'tally state', magic: 'LLTALLY_', version: 2 };
  return (openFile(kind, strategy.save()).header as { layout: number }).layout;
}

describe('tally strategy', () => {
  it('learns the same in any order of classes and examples and any number of updates', async () => {
    const once = await createTally().update(changeOf({ added: all, background }));
    for (let seed = 1; seed <= 4; seed++) {
      const random = seededRandom(seed);
      const strategy = createTally();
      const order = shuffled(all, random);
      let draft = await strategy.update(changeOf(seed % 2 === 0 ? { background } : {}));
      for (let first = 0; first < order.length;) {
        const next = first + 1 + Math.floor(random() * 7);
        draft = await strategy.update(changeOf({ added: order.slice(first, next) }));
        first = next;
      }
      if (seed % 2 === 1) draft = await strategy.update(changeOf({ background }));
      expect(draftDifference(once, draft)).toBeLessThan(1e-5);
    }
  });

  it.each([
    [0, 1e-4],
    // Two bytes per value.
    [1, 0.01],
  ])(
    'unlearns removed examples as if they had never been added (layout %d, scores to %d)',
    async (index, tolerance) => {
      const layout = embeddingLayouts[index]!;
      const kept = ['a', 'b'].flatMap((label) => makeExamples(label, 12, { crops: 2 }));
      const wrong = all.filter(({ label }) => label !== 'a' && label !== 'b');
      const strategy = createTally({ layout });
      await strategy.update(changeOf({ added: [...wrong, ...kept], background }));
      const removed = shuffled(wrong, seededRandom(2));
      const without = await strategy.update(changeOf({ removed }));
      const never = await createTally({ layout }).update(changeOf({ added: kept, background }));
      expect([...without.classes].sort()).toEqual(['a', 'b']);
      const random = seededRandom(3);
      for (const label of ['a', 'b', 'c', 'd', null]) {
        const embedding = latentOf(label, cropEmbeddingLength, random);
        const cell = latentOf(label, denseLatentLength, random);
        const [x, y] = [without, never].map((draft) => {
          const head = { ...draft, version: 1 };
          const [crop, peak] = [scoreCrop(head, embedding)!, scorePeak(head, cell)];
          return ['a', 'b'].flatMap((name) => {
            const row = draft.classes.indexOf(name);
            return [crop[row]!, peak[row]!];
          });
        });
        x!.forEach((score, i) => expect(Math.abs(score - y![i]!)).toBeLessThan(tolerance));
      }
    },
  );

  it('is empty to the bit once all examples are removed', async () => {
    const strategy = createTally();
    const empty = strategy.save();
    await strategy.update(changeOf({ added: all }));
    await strategy.update(changeOf({ removed: all }));
    // Objectness sums too are reset with their last row.
    expect(Buffer.compare(strategy.save(), empty)).toBe(0);
  });

  it('never reads the sample memory', async () => {
    const replay = () => {
      throw new Error('read');
    };
    const draft = await createTally().update(changeOf({ added: makeExamples('a', 2), replay }));
    expect(draft.classes).toEqual(['a']);
  });

  it('does not grow with the number of examples', async () => {
    const strategy = createTally();
    await strategy.update(changeOf({ added: makeExamples('a', 2, { crops: 2 }), background }));
    const before = strategy.stateBytes;
    const more = makeExamples('a', 20, { crops: 2, from: 2 });
    await strategy.update(changeOf({ added: more, background }));
    expect(strategy.stateBytes).toBe(before);
    // The file adds little to the state.
    expect(strategy.save().length).toBeLessThan(before + 2 * kiB);
  });

  it.each([
    [1024 * kiB, 60],
    [256 * kiB, 30],
  ])(
    'never exceeds %d bytes while learning %d classes, and still recognises the first ones',
    async (bytesMax, classes) => {
      const strategy = createTally({ bytesMax });
      const layouts = [layoutIndex(strategy)];
      let draft: HeadDraft | undefined;
      const perUpdate = 5;
      for (let first = 0; first < classes; first += perUpdate) {
        const added = Array.from({ length: perUpdate }, (_, i) =>
          makeExamples(labelOf(first + i), 3, { crops: 4 }),
        ).flat();
        draft = await strategy.update(changeOf({ added, ...(first === 0 ? { background } : {}) }));
        expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
        layouts.push(layoutIndex(strategy));
      }
      expect(layouts).toEqual([...layouts].sort((x, y) => x - y));
      expect(layouts.at(-1)).toBeGreaterThan(layouts[0]!);
      expect(draft!.classes).toHaveLength(classes);
      for (let i = 0; i < 5; i++) expect(countRight(draft!, labelOf(i))).toBeGreaterThanOrEqual(9);
    },
  );

  it('reports the bytes it needs if no layout fits, at the start and in an update, and keeps its state', async () => {
    expect(() => createTally({ bytesMax: 50_000 })).toThrow(
      /at least \d+ bytes for 0 classes and may take 50000/,
    );
    const bytesMax = 100_000;
    const strategy = createTally({ bytesMax });
    await strategy.update(changeOf({ added: makeExamples('a', 1, { crops: 1 }) }));
    const before = strategy.save();
    const many = Array.from({ length: 60 }, (_, i) => makeExample(`x${i}`, labelOf(i)));
    const update = strategy.update(changeOf({ added: many }));
    await expect(update).rejects.toThrow(/bytes for 61 classes and may take 100000/);
    await expect(update).rejects.toBeInstanceOf(RangeError);
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it.each(embeddingLayouts.map((_, index) => index))(
    'is restored to the bit from its saved state, with any layout: %d',
    async (index) => {
      const layout = embeddingLayouts[index]!;
      const original = createTally({ layout });
      await original.update(changeOf({ added: all, background }));
      const restored = createTally({ layout });
      restored.restore(original.save());
      expect(layoutIndex(restored)).toBe(index);
      expect(restored.stateBytes).toBe(original.stateBytes);
      expect(Buffer.compare(restored.save(), original.save())).toBe(0);
    },
  );

  it('refuses the saved state of another strategy', async () => {
    const strategy = createTally();
    await strategy.update(changeOf({ added: makeExamples('a', 1) }));
    const before = strategy.save();
    const others = createRidge();
    await others.update(changeOf({ added: makeExamples('a', 1) }));
    expect(() => strategy.restore(others.save())).toThrow('it is a file of another kind');
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('stays within its bytes after it is restored from a larger state', async () => {
    const rich = createTally();
    await rich.update(changeOf({ added: all, background }));
    const bytesMax = 400 * kiB;
    const strategy = createTally({ bytesMax });
    strategy.restore(rich.save());
    const draft = await strategy.update(changeOf({ added: makeExamples('f', 2, { crops: 2 }) }));
    expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
    for (const label of ['a', 'f']) expect(countRight(draft, label)).toBeGreaterThanOrEqual(9);
  });

  it('still recognises classes after two-byte values are rounded many times', async () => {
    const strategy = createTally({ layout: embeddingLayouts.at(-4)! });
    await strategy.update(changeOf({ added: all, background }));
    const example = makeExample('a9', 'a', { crops: 2, cells: 0 });
    let draft: HeadDraft | undefined;
    for (let i = 0; i < 100; i++) {
      await strategy.update(changeOf({ added: [example] }));
      draft = await strategy.update(changeOf({ removed: [example] }));
    }
    for (const label of ['a', 'e']) expect(countRight(draft!, label)).toBeGreaterThanOrEqual(9);
  });
});
