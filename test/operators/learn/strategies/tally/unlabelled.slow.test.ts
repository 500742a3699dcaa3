import { describe, expect, it } from 'vitest';
import { vectorLayout } from '../../../../../operators/detect/engines/embedding-layout.ts';
import { scoreCrop } from '../../../../../operators/detect/heads/score.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../../operators/foundation/numbers/shuffle.ts';
import { createTally } from '../../../../../operators/learn/strategies/tally/tally.ts';
import type { Example, HeadDraft } from '../../../../../operators/learn/strategy.ts';
import { changeOf, latentOf, makeExample, makeExamples } from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';

const classes = ['a', 'b', 'c', 'd'];
/** Short, so that there are many more rows than values. */
const embedding = vectorLayout(30);
const { length: embeddingLength } = embedding;
const options = { cells: 1, embeddingLength };
const taught = (label: string): Example[] => makeExamples(label, 60, { crops: 2, ...options });
const nothing = (count: number): Example[] =>
  Array.from({ length: count }, (_, i) => makeExample(`n${i}`, null, { crops: 1, ...options }));

/** Objects of a class in pictures that label other classes only. */
function unlabelled(label: string, count: number, labelled: string): Example[] {
  return makeExamples(label, count, { crops: 1, from: 100, ...options }).map((example) => ({
    ...example,
    id: `${labelled}/${example.id}`,
    label: null,
    noneOf: [labelled],
  }));
}

/** Each class in pictures that hold objects of all others without a label. */
const step = (label: string): Example[] => [
  ...taught(label),
  ...classes.filter((other) => other !== label).flatMap((other) => unlabelled(other, 30, label)),
];

/** Mean probability of their class for fresh embeddings of all classes. */
function ownScore(draft: HeadDraft): number {
  const random = seededRandom(5);
  let sum = 0;
  for (const label of classes) {
    for (let i = 0; i < 20; i++) {
      const embedding = latentOf(label, embeddingLength, random, 0.7);
      sum += scoreCrop({ ...draft, version: 1 }, embedding)![draft.classes.indexOf(label)]!;
    }
  }
  return sum / (20 * classes.length);
}

async function learn(steps: readonly (readonly Example[])[]): Promise<HeadDraft> {
  const strategy = createTally({ embedding });
  let draft: HeadDraft | null = null;
  for (const added of steps) draft = await strategy.update(changeOf({ added }));
  return draft!;
}

describe('objects of classes that a picture does not label', () => {
  it('hardly lower the scores of these classes', async () => {
    const background = nothing(150);
    const clean = ownScore(await learn([background, ...classes.map(taught)]));
    const mixed = ownScore(await learn([background, ...classes.map(step)]));
    const asBackground = classes.map((label) =>
      step(label).map(({ noneOf: _, ...example }): Example => example),
    );
    const blurred = ownScore(await learn([background, ...asBackground]));
    expect(blurred).toBeLessThan(clean - 0.05);
    expect(mixed).toBeGreaterThan(clean - 0.02);
  });

  it('count the same in any order of steps', async () => {
    const steps = [nothing(150), ...classes.map(step)];
    const once = await learn([steps.flat()]);
    for (let seed = 1; seed <= 3; seed++) {
      const draft = await learn(shuffle(steps, seededRandom(seed)));
      expect(draftDifference(once, draft)).toBeLessThan(1e-4);
    }
  });

  it('are kept in a state that is saved', async () => {
    const strategy = createTally({ embedding });
    await strategy.update(changeOf({ added: [...nothing(150), ...step('a'), ...step('b')] }));
    const restored = createTally({ embedding });
    restored.restore(strategy.save());
    expect(restored.stateBytes).toBe(strategy.stateBytes);
    expect(Buffer.from(restored.save()).equals(strategy.save())).toBe(true);
    const change = changeOf({ added: step('c') });
    expect(draftDifference(await strategy.update(change), await restored.update(change))).toBe(0);
  });

  it('stay within the bytes of the state', async () => {
    const bytesMax = 100_000;
    const strategy = createTally({ bytesMax, embedding });
    await strategy.update(changeOf({ added: [...nothing(400), ...classes.flatMap(step)] }));
    expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
  });

  it('stay within them also where every picture labels many other classes', async () => {
    const bytesMax = 150_000;
    const strategy = createTally({ bytesMax, embedding });
    const added = nothing(200).map((example, n) => {
      const noneOf = Array.from({ length: 500 }, (_, i) => `class ${n} ${i}`);
      return { ...example, noneOf };
    });
    await strategy.update(changeOf({ added: [...taught('a'), ...added] }));
    expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
  });

  it('stay within them also where classes have no crops', async () => {
    const bytesMax = 100_000;
    const strategy = createTally({ bytesMax, embedding });
    const flat = Array.from({ length: 20 }, (_, i) =>
      makeExample(`f${i}`, `flat ${i}`, { crops: 0, ...options }),
    );
    const added = [...flat, ...nothing(400), ...unlabelled('b', 400, 'a'), ...taught('a')];
    await strategy.update(changeOf({ added }));
    expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
  });

  it('take a file of about the size of the state, whatever the classes are called', async () => {
    const noneOf = Array.from({ length: 2000 }, (_, i) => `a long name of class ${i}`);
    const strategy = createTally({ embedding });
    const added = nothing(200).map((example) => ({ ...example, noneOf }));
    await strategy.update(changeOf({ added: [...taught('a'), ...added] }));
    expect(strategy.save().length).toBeLessThan(2 * strategy.stateBytes);
  });

  it('are none of a class that theirs was merged into', async () => {
    // Objects of c beside labels of a, which becomes part of c: they may not be taken for c.
    const strategy = createTally({ embedding });
    const learned = [...nothing(150), ...taught('b'), ...taught('c'), ...unlabelled('c', 60, 'a')];
    await strategy.update(changeOf({ added: [...learned, ...taught('a')] }));
    const renamed = taught('a').map((example) => ({ ...example, label: 'c' }));
    const moved = [{ from: 'a', to: 'c' }];
    const merged = await strategy.update(changeOf({ removed: taught('a'), added: renamed, moved }));
    const certain = createTally({ embedding });
    const asCertain = learned.map(({ noneOf: _, ...example }): Example => example);
    const expected = await certain.update(changeOf({ added: [...asCertain, ...renamed] }));
    expect(draftDifference(merged, expected)).toBeLessThan(1e-3);
  });
});
