import { describe, expect, it } from 'vitest';
import {
  builtInLayout,
  vectorLayout,
} from '../../../../../operators/detect/engines/embedding-layout.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../../operators/foundation/numbers/shuffle.ts';
import { BytesError } from '../../../../../operators/learn/strategies/bytes-error.ts';
import { createRidge } from '../../../../../operators/learn/strategies/closed-form/ridge.ts';
import { createStrategy } from '../../../../../operators/learn/strategies/strategy-registry.ts';
import { scatterLayouts } from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';
import {
  createTally,
  type TallyOptions,
} from '../../../../../operators/learn/strategies/tally/tally.ts';
import type { Example, Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';
import { stateOf, tallyDifference } from './tally-difference.ts';

const embedding = vectorLayout(16);
const embeddingLength = embedding.length;
const create = (options: TallyOptions = {}) => createTally({ embedding, ...options });
const background = makeBackground(200);

/** Offsets of boxes, which tally itself does not read, for the last embedding. */
const boxed = (example: Example): Example => ({ ...example, offsets: [[0.1, 0, -0.1, 0.05]] });
const learn = async (strategy: Strategy, added: readonly Example[], more = {}) => {
  await strategy.update(changeOf({ added, ...more }));
  return strategy;
};
const merged = async (one: Strategy, ...others: readonly Strategy[]) => {
  const sum = create();
  sum.restore(one.save());
  for (const other of others) await sum.merge!(other.save());
  return sum;
};
const difference = (a: Strategy, b: Strategy) =>
  tallyDifference(stateOf(a, embedding), stateOf(b, embedding));

/** Labelled objects, negatives, and objects that their picture does not label. */
function randomExamples(random: () => number, prefix: string): Example[] {
  const known = ['a', 'b', 'c', 'd', 'e'].filter(() => random() < 0.6);
  return Array.from({ length: 6 + Math.floor(20 * random()) }, (_, i) => {
    const label = known[Math.floor(random() * (known.length + 2))] ?? null;
    const crops = Math.floor(3 * random());
    const example = makeExample(`${prefix}${i}`, label, { crops, embeddingLength });
    return label === null && random() < 0.6 ? { ...example, noneOf: ['a'] } : example;
  });
}

describe('tally states of two learners', () => {
  it('add up to the state of one that saw the examples of both, for any split', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(seed);
      const [ofA, ofB, wrong] = ['p', 'q', 'r'].map((prefix) => randomExamples(random, prefix));
      const [a, b, joint] = [create(), create(), create()];
      await learn(a, shuffle([...ofA!, ...wrong!], random), { background });
      await learn(a, [], { removed: wrong });
      await learn(b, shuffle(ofB!, random), seed % 2 === 0 ? { background } : {});
      await learn(joint, shuffle([...ofA!, ...ofB!], random), { background });
      if (seed % 2 === 0) await learn(joint, [], { background });
      const [ab, ba] = [await merged(a, b), await merged(b, a)];
      expect(difference(ab, joint)).toBeLessThan(1e-5);
      expect(difference(ab, ba)).toBe(0);
      // What either of them learned can be taken out again, and classes move.
      const last = {
        removed: shuffle([...ofA!.slice(3), ...ofB!.slice(4)], random),
        moved: [{ from: 'a', to: 'b' }],
      };
      for (const each of [ab, joint]) await learn(each, [], last);
      expect(difference(ab, joint)).toBeLessThan(1e-5);
    }
  });

  it('are the same in any grouping, and an empty one changes nothing', async () => {
    const random = seededRandom(7);
    const states = await Promise.all(
      ['p', 'q', 'r'].map((prefix) => learn(create(), randomExamples(random, prefix))),
    );
    const [a, b, c] = states as [Strategy, Strategy, Strategy];
    const left = await merged(a, b, c);
    expect(difference(left, await merged(a, await merged(b, c)))).toBeLessThan(1e-6);
    for (const [one, other] of [
      [a, create()],
      [create(), a],
    ] as const) {
      expect(Buffer.compare((await merged(one, other)).save(), a.save())).toBe(0);
    }
  });

  it('give the head of one that saw both, and count what both saw twice', async () => {
    const options = { crops: 2, embeddingLength };
    const [ofA, ofB] = [
      ['a', 'b'],
      ['b', 'c'],
    ].map((labels) => labels.flatMap((label) => makeExamples(label, 30, options)));
    const a = await learn(create(), ofA!, { background });
    const b = await learn(create(), ofB!);
    const sum = await merged(a, b);
    expect(sum.classes).toEqual(['a', 'b', 'c']);
    const joint = await create().update(changeOf({ added: [...ofA!, ...ofB!], background }));
    expect(draftDifference(await sum.update(changeOf({})), joint)).toBeLessThan(1e-4);
    expect(new Map(stateOf(sum, embedding).classes.entries).get('b')).toBe(60);
  });

  it('add up with two bytes per value, to a few units of rounding', async () => {
    const layout = scatterLayouts(builtInLayout)[1]!;
    const options = { crops: 2 };
    const [ofA, ofB] = [
      ['a', 'b'],
      ['b', 'c'],
    ].map((labels) => labels.flatMap((label) => makeExamples(label, 12, options)));
    const [a, b, joint] = [1, 2, 3].map(() => createTally({ layout }));
    await learn(a!, ofA!, { background });
    await learn(b!, ofB!);
    await learn(joint!, [...ofA!, ...ofB!], { background });
    await a!.merge!(b!.save());
    const [one, other] = [stateOf(a!, builtInLayout), stateOf(joint!, builtInLayout)];
    expect(tallyDifference(one, other)).toBeLessThan(1e-3);
  }, 60_000);
});

describe('tally states of learners with different room', () => {
  it('are reduced to what both keep and to the bytes of the one that takes both', async () => {
    const wide = vectorLayout(400);
    const embed = (label: string, count: number) =>
      makeExamples(label, count, { crops: 2, embeddingLength: wide.length });
    const examples = ['a', 'b', 'c'].map((label) => embed(label, 6));
    const state = (of: Strategy) => stateOf(of, wide);
    const layouts = scatterLayouts(wide);
    const rich = await learn(createTally({ embedding: wide }), examples[0]!);
    const bytesMax = 160_000;
    const poor = await learn(createTally({ embedding: wide, bytesMax }), examples[1]!);
    const featuresOf = (of: Strategy) => state(of).crop.features;
    expect(featuresOf(poor)).toBeLessThan(featuresOf(rich));
    const [into, from] = [rich.save(), poor.save()];
    await rich.merge!(from);
    await poor.merge!(into);
    expect(poor.stateBytes).toBeLessThanOrEqual(bytesMax);
    for (const each of [rich, poor]) {
      const draft = await each.update(changeOf({ added: examples[2]! }));
      expect(draft.classes.toSorted()).toEqual(['a', 'b', 'c']);
    }
    expect(featuresOf(rich)).toBe(featuresOf(poor));
    expect(layouts.map((layout) => layout.half)[0]).toBe(false);
  });
});

describe('tally refuses to merge', () => {
  const some = makeExamples('a', 3, { crops: 2, embeddingLength });

  it.each([
    ['the state of another strategy', () => learn(createRidge({ embedding }), some), 'tally state'],
    [
      'the state of another encoder',
      () => learn(createTally({ embedding: vectorLayout(20) }), []),
      'embeddings of 22 values, not of 18',
    ],
  ])('%s, and keeps its own', async (_name, other, reason) => {
    const strategy = await learn(create(), some);
    const before = strategy.save();
    await expect(strategy.merge!((await other()).save())).rejects.toThrow(reason);
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
    expect(() => strategy.restore(new Uint8Array(100))).toThrow('tally state');
  });

  it('bytes of another version, and damaged ones', async () => {
    const strategy = await learn(create(), some);
    const before = strategy.save();
    const newer = before.with(8, 9);
    await expect(strategy.merge!(newer)).rejects.toThrow('version 9, this program reads version 2');
    await expect(strategy.merge!(before.with(60, before[60]! ^ 1))).rejects.toThrow('checksum');
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('more classes than its bytes allow, with the bytes that it needs', async () => {
    const bytesMax = 110_000;
    const label = (i: number) => String.fromCharCode(0x4e00 + i);
    const many = Array.from({ length: 90 }, (_, i) =>
      makeExample(`x${i}`, label(i), { crops: 1, embeddingLength }),
    );
    const strategy = await learn(create({ bytesMax }), some);
    const before = strategy.save();
    const other = await learn(create(), many);
    await expect(strategy.merge!(other.save())).rejects.toThrow(/for 91 classes and may take/);
    await expect(strategy.merge!(other.save())).rejects.toBeInstanceOf(BytesError);
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('when it is aborted', async () => {
    const controller = new AbortController();
    const strategy = create({
      pause: async () => {
        controller.abort(new Error('stopped'));
      },
    });
    await learn(strategy, some);
    const [before, other] = [strategy.save(), await learn(create(), some)];
    await expect(strategy.merge!(other.save(), controller.signal)).rejects.toThrow('stopped');
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });
});

describe('a merged strategy with box regression', () => {
  const options = { crops: 2, embeddingLength };
  const [ofA, ofB] = ['a', 'b'].map((label) => makeExamples(label, 8, options).map(boxed));

  it('corrects boxes by the examples of both', async () => {
    const [a, b, joint] = [1, 2, 3].map(() => createStrategy('tally', { embedding }));
    await learn(a!, ofA!);
    await learn(b!, ofB!);
    await a!.merge!(b!.save());
    const [sum, both] = [
      await a!.update(changeOf({})),
      await joint!.update(changeOf({ added: [...ofA!, ...ofB!] })),
    ];
    const size = Math.max(...both.box!.weights.map(Math.abs), ...both.box!.bias.map(Math.abs));
    for (const [i, bias] of both.box!.bias.entries()) {
      expect(Math.abs(sum.box!.bias[i]! - bias)).toBeLessThan(1e-4 * size);
    }
  });

  it('refuses states of other embeddings by name, and has no merge where the method has none', async () => {
    const strategy = createStrategy('tally', { embedding });
    const other = createStrategy('tally').save();
    await expect(strategy.merge!(other)).rejects.toThrow(
      /embeddings of 64 × 9 layout .* values, not of 16 vector values/,
    );
    expect(createStrategy('replay', { embedding }).merge).toBeUndefined();
  });
});
