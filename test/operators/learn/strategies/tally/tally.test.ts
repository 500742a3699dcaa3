import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../../operators/detect/engines/engine.ts';
import { scoreCrop, scorePeak } from '../../../../../operators/detect/heads/score.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { embeddingLayouts } from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';
import { RidgeStrategy } from '../../../../../operators/learn/strategies/closed-form/ridge.ts';
import { TallyStrategy } from '../../../../../operators/learn/strategies/tally/tally.ts';
import type { Example, HeadDraft } from '../../../../../operators/learn/strategy.ts';
import {
  changeOf,
  latentOf,
  makeBackground,
  makeExample,
  makeExamples,
} from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';

const kiB = 1024;
/** Enough for cells to vary in all directions: planes along one that they do not are rounding times thousands. */
const background = makeBackground(400);
const nothing = makeExample('n', null, { looks: 1 });
const all: readonly Example[] = [
  ...['a', 'b', 'c', 'd', 'e'].flatMap((label) => makeExamples(label, 3, { looks: 2 })),
  nothing,
];

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((x, y) => x.key - y.key)
    .map(({ value }) => value);
}

/** How many of some fresh looks at a class are scored highest as that class. */
function rightLooks(draft: HeadDraft, label: string, count = 10): number {
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

/** A class whose pattern `latentOf` takes from its first letter. */
const labelOf = (i: number) => String.fromCharCode(0x4e00 + i);

describe('tally strategy', () => {
  it('learns the same in any order of classes and examples, in any number of updates', async () => {
    const once = await new TallyStrategy().update(changeOf({ added: all, background }));
    for (let seed = 1; seed <= 4; seed++) {
      const random = seededRandom(seed);
      const strategy = new TallyStrategy();
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
    // Two bytes a value.
    [1, 0.01],
  ])(
    'unlearns: what was added and taken out might never have been (layout %d, scores to %d)',
    async (index, tolerance) => {
      const layout = embeddingLayouts[index]!;
      const kept = ['a', 'b'].flatMap((label) => makeExamples(label, 12, { looks: 2 }));
      const wrong = all.filter(({ label }) => label !== 'a' && label !== 'b');
      const strategy = new TallyStrategy({ layout });
      await strategy.update(changeOf({ added: [...wrong, ...kept], background }));
      const removed = shuffled(wrong, seededRandom(2));
      const without = await strategy.update(changeOf({ removed }));
      const never = await new TallyStrategy({ layout }).update(
        changeOf({ added: kept, background }),
      );
      expect([...without.classes].sort()).toEqual(['a', 'b']);
      const random = seededRandom(3);
      for (const label of ['a', 'b', 'c', 'd', null]) {
        const look = latentOf(label, cropEmbeddingLength, random);
        const cell = latentOf(label, denseLatentLength, random);
        const [x, y] = [without, never].map((draft) => {
          const head = { ...draft, version: 1 };
          const [looked, peak] = [scoreCrop(head, look)!, scorePeak(head, cell)];
          return ['a', 'b'].flatMap((name) => {
            const row = draft.classes.indexOf(name);
            return [looked[row]!, peak[row]!];
          });
        });
        x!.forEach((score, i) => expect(Math.abs(score - y![i]!)).toBeLessThan(tolerance));
      }
    },
  );

  it('is exactly empty again when all is taken back', async () => {
    const strategy = new TallyStrategy();
    const empty = strategy.save();
    await strategy.update(changeOf({ added: all }));
    await strategy.update(changeOf({ removed: all }));
    // Objectness as well: its sums are emptied by the last row.
    expect(Buffer.compare(strategy.save(), empty)).toBe(0);
  });

  it('never reads the replay', async () => {
    const replay = () => {
      throw new Error('read');
    };
    const draft = await new TallyStrategy().update(
      changeOf({ added: makeExamples('a', 2), replay }),
    );
    expect(draft.classes).toEqual(['a']);
  });

  it('does not grow with the number of examples', async () => {
    const strategy = new TallyStrategy();
    await strategy.update(changeOf({ added: makeExamples('a', 2, { looks: 2 }), background }));
    const before = strategy.stateBytes;
    const more = makeExamples('a', 20, { looks: 2, from: 2 });
    await strategy.update(changeOf({ added: more, background }));
    expect(strategy.stateBytes).toBe(before);
    // A file has little more in it.
    expect(strategy.save().length).toBeLessThan(before + 2 * kiB);
  });

  it.each([
    [1024 * kiB, 60],
    [256 * kiB, 30],
  ])(
    'never takes more than %d bytes while %d classes come, and knows the first ones still',
    async (bytesMax, classes) => {
      const strategy = new TallyStrategy({ bytesMax });
      const layouts = [strategy.lookLayout];
      let draft: HeadDraft | undefined;
      const perUpdate = 5;
      for (let first = 0; first < classes; first += perUpdate) {
        const added = Array.from({ length: perUpdate }, (_, i) =>
          makeExamples(labelOf(first + i), 3, { looks: 4 }),
        ).flat();
        draft = await strategy.update(changeOf({ added, ...(first === 0 ? { background } : {}) }));
        expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
        layouts.push(strategy.lookLayout);
      }
      expect(layouts).toEqual([...layouts].sort((x, y) => x - y));
      expect(layouts.at(-1)).toBeGreaterThan(layouts[0]!);
      expect(draft!.classes).toHaveLength(classes);
      for (let i = 0; i < 5; i++) expect(rightLooks(draft!, labelOf(i))).toBeGreaterThanOrEqual(9);
    },
  );

  it('says what it would need where nothing fits, before it learns and after, and keeps its state', async () => {
    expect(() => new TallyStrategy({ bytesMax: 50_000 })).toThrow(
      /at least \d+ bytes for 0 classes and may take 50000/,
    );
    const bytesMax = 100_000;
    const strategy = new TallyStrategy({ bytesMax });
    await strategy.update(changeOf({ added: makeExamples('a', 1, { looks: 1 }) }));
    const before = strategy.save();
    const many = Array.from({ length: 60 }, (_, i) => makeExample(`x${i}`, labelOf(i)));
    const update = strategy.update(changeOf({ added: many }));
    await expect(update).rejects.toThrow(/bytes for 61 classes and may take 100000/);
    await expect(update).rejects.toBeInstanceOf(RangeError);
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it.each(embeddingLayouts.map((_, index) => index))(
    'is restored from what it saved to the bit, however looks are held: %d',
    async (index) => {
      const layout = embeddingLayouts[index]!;
      const original = new TallyStrategy({ layout });
      await original.update(changeOf({ added: all, background }));
      const restored = new TallyStrategy({ layout });
      restored.restore(original.save());
      expect(restored.lookLayout).toBe(index);
      expect(restored.stateBytes).toBe(original.stateBytes);
      expect(Buffer.compare(restored.save(), original.save())).toBe(0);
    },
  );

  it('refuses bytes that another strategy saved', async () => {
    const strategy = new TallyStrategy();
    await strategy.update(changeOf({ added: makeExamples('a', 1) }));
    const before = strategy.save();
    const others = new RidgeStrategy();
    await others.update(changeOf({ added: makeExamples('a', 1) }));
    expect(() => strategy.restore(others.save())).toThrow('starts otherwise');
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('stays within its bytes after it was restored from a richer state', async () => {
    const rich = new TallyStrategy();
    await rich.update(changeOf({ added: all, background }));
    const bytesMax = 400 * kiB;
    const strategy = new TallyStrategy({ bytesMax });
    strategy.restore(rich.save());
    const draft = await strategy.update(changeOf({ added: makeExamples('f', 2, { looks: 2 }) }));
    expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
    for (const label of ['a', 'f']) expect(rightLooks(draft, label)).toBeGreaterThanOrEqual(9);
  });

  it('goes on where two bytes a value were rounded again and again', async () => {
    const strategy = new TallyStrategy({ layout: embeddingLayouts.at(-4)! });
    await strategy.update(changeOf({ added: all, background }));
    const example = makeExample('a9', 'a', { looks: 2, cells: 0 });
    let draft: HeadDraft | undefined;
    for (let i = 0; i < 100; i++) {
      await strategy.update(changeOf({ added: [example] }));
      draft = await strategy.update(changeOf({ removed: [example] }));
    }
    for (const label of ['a', 'e']) expect(rightLooks(draft!, label)).toBeGreaterThanOrEqual(9);
  });
});
