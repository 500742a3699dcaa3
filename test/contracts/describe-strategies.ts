import { describe, expect, it } from 'vitest';
import { denseLatentLength, cropEmbeddingLength } from '../../operators/detect/engines/engine.ts';
import { liftedLength } from '../../operators/detect/heads/lift.ts';
import { scoreCrop, scorePeak } from '../../operators/detect/heads/score.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import {
  createStrategy,
  type StrategyName,
} from '../../operators/learn/strategies/strategy-registry.ts';
import type { HeadDraft, Strategy } from '../../operators/learn/strategy.ts';
import {
  changeOf,
  latentOf,
  makeBackground,
  makeExample,
  makeExamples,
} from '../operators/learn/make-example.ts';
import { testClassChanges, testFailures } from './describe-class-changes.ts';
import { sameTuning } from '../operators/learn/strategies/same-tuning.ts';

const background = makeBackground(200);

/** Share of new latents of a class that are classified as it; null: as none of the classes. */
function accuracy(
  draft: HeadDraft,
  label: string | null,
  layer: 'dense' | 'crop' = 'dense',
): number {
  const head = { ...draft, version: 1 };
  const random = seededRandom(77);
  let right = 0;
  for (let i = 0; i < 50; i++) {
    const length = layer === 'dense' ? denseLatentLength : cropEmbeddingLength;
    const latent = latentOf(label, length, random);
    const scores = layer === 'dense' ? scorePeak(head, latent) : scoreCrop(head, latent)!;
    const best = scores.reduce((top, score, row) => (score > scores[top]! ? row : top), 0);
    const predicted = scores[best]! >= draft.thresholds[best]! ? draft.classes[best]! : null;
    if (predicted === label) right++;
  }
  return right / 50;
}

/** Methods that keep too little of old classes to guarantee that they are not forgotten. */
const forgetful: ReadonlySet<StrategyName> = new Set<StrategyName>([
  'finetune',
  'ewc',
  'lwf-head',
  'mma-head',
  'frozen-rows',
]);

/** Methods that preserve the outputs of their last head, learned from wrong labels or not. */
const stubborn: ReadonlySet<StrategyName> = new Set<StrategyName>(['ewc', 'lwf-head', 'mma-head']);

/** Methods whose states add up. */
const mergeable: ReadonlySet<StrategyName> = new Set<StrategyName>(['tally']);

/** Vitest compares megabytes element by element, in seconds. */
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The contract of all strategies, described for each of `names`. */
export function describeStrategies(names: readonly StrategyName[]): void {
  describe.each(names)('%s strategy', (name) => {
    testStrategy(name);
    testClassChanges(name);
    testFailures(name);
  });
}

function testStrategy(name: StrategyName): void {
  // The methods' own settings are for dozens of updates; here two updates must suffice.
  const create = (): Strategy => createStrategy(name, { seed: 3, backend: 'wasm', ...sameTuning });
  /** For behaviour that a few training steps show as well as many. */
  const createHasty = (): Strategy => createStrategy(name, { seed: 3, steps: 4, backend: 'wasm' });

  it('has a name and a paper, and no classes at first', () => {
    const strategy = create();
    expect(strategy.name).toBe(name);
    expect(strategy.paper).toMatch(/, \d{4}$/);
    expect(strategy.classes).toEqual([]);
  });

  it('drafts a head without classes from an empty change', async () => {
    const draft = await create().update(changeOf({}));
    expect(draft.classes).toEqual([]);
    expect(draft.dense.weights).toHaveLength(0);
    expect(draft.crop).toBeNull();
    expect(draft.thresholds).toHaveLength(0);
    expect(draft.objectness.weights).toHaveLength(denseLatentLength);
    expect([...draft.objectness.weights, draft.objectness.bias].every(Number.isFinite)).toBe(true);
  });

  it('learns separable classes from cells, and does not recognise background as one', async () => {
    const added = ['a', 'b', 'c'].flatMap((label) => makeExamples(label, 6));
    const draft = await create().update(changeOf({ added, background }));
    expect(draft.classes).toEqual(['a', 'b', 'c']);
    for (const label of ['a', 'b', 'c', null]) {
      expect(accuracy(draft, label)).toBeGreaterThanOrEqual(0.9);
    }
  });

  it('gives objects a high objectness and background a low one', async () => {
    const added = ['a', 'b'].flatMap((label) => makeExamples(label, 6));
    const { objectness } = await createHasty().update(changeOf({ added, background }));
    const random = seededRandom(5);
    const mean = (label: string | null) => {
      let sum = 0;
      for (let i = 0; i < 50; i++) {
        const latent = latentOf(label, denseLatentLength, random);
        const value = latent.reduce(
          (dot, x, j) => dot + x * objectness.weights[j]!,
          objectness.bias,
        );
        sum += Math.min(1, Math.max(0, value)) / 50;
      }
      return sum;
    };
    expect(mean('a')).toBeGreaterThan(0.5);
    expect(mean('b')).toBeGreaterThan(0.5);
    expect(mean(null)).toBeLessThan(0.15);
  });

  it('learns from crop embeddings, with layers of the documented shapes', async () => {
    const added = [
      ...['a', 'b'].flatMap((label) => makeExamples(label, 5, { crops: 2 })),
      ...[0, 1, 2].map((i) => makeExample(`none${i}`, null, { crops: 1 })),
    ];
    const draft = await create().update(changeOf({ added, background }));
    expect(draft.dense.length).toBe(denseLatentLength);
    expect(draft.dense.weights).toHaveLength(2 * denseLatentLength);
    expect(draft.dense.bias).toHaveLength(2);
    const { lift, length, weights } = draft.crop!;
    expect(length).toBe(liftedLength(lift, cropEmbeddingLength));
    expect(weights).toHaveLength(2 * length);
    expect(draft.crop!.bias).toHaveLength(2);
    expect(draft.thresholds.every((value) => value > 0 && value < 1)).toBe(true);
    for (const label of ['a', 'b', null]) {
      expect(accuracy(draft, label, 'crop')).toBeGreaterThanOrEqual(0.9);
    }
  });

  it('knows what both learned after a merge, if its states add up, and offers none if not', async () => {
    const [one, other, joint] = [create(), create(), create()];
    expect(one.merge !== undefined).toBe(mergeable.has(name));
    if (one.merge === undefined) return;
    const [ofOne, ofOther] = [makeExamples('a', 6), makeExamples('b', 6)];
    await one.update(changeOf({ added: ofOne, background }));
    await other.update(changeOf({ added: ofOther }));
    await one.merge(other.save());
    const merged = await one.update(changeOf({}));
    const both = await joint.update(changeOf({ added: [...ofOne, ...ofOther], background }));
    expect(merged.classes).toEqual(both.classes);
    for (const label of ['a', 'b', null]) {
      expect(accuracy(merged, label)).toBe(accuracy(both, label));
      expect(accuracy(merged, label)).toBeGreaterThanOrEqual(0.9);
    }
  });

  it('learns a class from a single example', async () => {
    const added = [...makeExamples('a', 8), makeExample('b0', 'b')];
    const draft = await create().update(changeOf({ added, background }));
    expect(accuracy(draft, 'a')).toBeGreaterThanOrEqual(0.9);
    expect(accuracy(draft, 'b')).toBeGreaterThanOrEqual(0.7);
  });

  it('learns the next class, without forgetting the first unless the method is known to', async () => {
    const strategy = create();
    const first = makeExamples('a', 6);
    const second = makeExamples('b', 6);
    await strategy.update(changeOf({ added: first, background }));
    const draft = await strategy.update(
      changeOf({ added: second, background, replay: () => [...first, ...second] }),
    );
    expect(draft.classes).toEqual(['a', 'b']);
    expect(strategy.classes).toEqual(['a', 'b']);
    if (!forgetful.has(name)) expect(accuracy(draft, 'a')).toBeGreaterThanOrEqual(0.9);
    for (const label of ['b', null]) {
      expect(accuracy(draft, label)).toBeGreaterThanOrEqual(forgetful.has(name) ? 0.8 : 0.9);
    }
  });

  it('drops a class when its last example is removed', async () => {
    const strategy = create();
    const kept = makeExamples('a', 5);
    const wrong = makeExamples('b', 2);
    await strategy.update(changeOf({ added: [...kept, ...wrong], background }));
    const draft = await strategy.update(changeOf({ removed: wrong, replay: () => kept }));
    expect(draft.classes).toEqual(['a']);
    expect(accuracy(draft, 'a')).toBeGreaterThanOrEqual(0.9);
  });

  it('moves a relabelled example to its new class, unless the method is known to hold its outputs', async () => {
    const strategy = create();
    const right = makeExamples('a', 5);
    const mislabelled = makeExamples('b', 5).map((example) => ({ ...example, label: 'a' }));
    const corrected = mislabelled.map((example) => ({ ...example, label: 'b' }));
    await strategy.update(changeOf({ added: [...right, ...mislabelled], background }));
    const draft = await strategy.update(
      changeOf({
        added: corrected,
        removed: mislabelled,
        replay: () => [...right, ...corrected],
      }),
    );
    if (!forgetful.has(name)) expect(accuracy(draft, 'a')).toBeGreaterThanOrEqual(0.9);
    if (!stubborn.has(name)) expect(accuracy(draft, 'b')).toBeGreaterThanOrEqual(0.9);
  });

  it('refuses to remove more examples than were added', async () => {
    const update = create().update(changeOf({ removed: makeExamples('a', 1) }));
    await expect(update).rejects.toThrow('No example of class a is left');
  });

  it('drafts the same head to the bit for the same seed and changes', async () => {
    const drafts = [];
    for (let run = 0; run < 2; run++) {
      const strategy = createHasty();
      const first = makeExamples('a', 4);
      const second = makeExamples('b', 4);
      await strategy.update(changeOf({ added: first, background }));
      drafts.push(
        await strategy.update(changeOf({ added: second, replay: () => [...first, ...second] })),
      );
    }
    expect(drafts[0]).toEqual(drafts[1]);
  });

  it('continues after a restore exactly as without it', async () => {
    const first = makeExamples('a', 4, { crops: 1 });
    const second = makeExamples('b', 4, { crops: 1 });
    const original = createHasty();
    await original.update(changeOf({ added: first, background }));
    const restored = createHasty();
    restored.restore(original.save());
    expect(restored.classes).toEqual(['a']);
    expect(restored.stateBytes).toBe(original.stateBytes);
    const next = changeOf({ added: second, replay: () => [...first, ...second] });
    expect(await restored.update(next)).toEqual(await original.update(next));
  });

  it.each([
    ['damaged', (bytes: Uint8Array) => bytes.with(40, bytes[40]! ^ 1), 'checksum differs'],
    ['cut short', (bytes: Uint8Array) => bytes.slice(0, bytes.length / 2), 'checksum differs'],
    ['foreign', () => new Uint8Array(100), 'it is a file of another kind'],
  ])('rejects a %s state with a reason, and keeps its own', async (_kind, damage, reason) => {
    const strategy = createHasty();
    await strategy.update(changeOf({ added: makeExamples('a', 2), background }));
    const before = strategy.save();
    expect(() => strategy.restore(damage(before))).toThrow(reason);
    expect(same(strategy.save(), before)).toBe(true);
  });

  it.each([0, 2])('keeps its state when aborted at pause %d', async (pauses) => {
    const controller = new AbortController();
    let countdown = Infinity;
    const strategy = createStrategy(name, {
      seed: 3,
      steps: 20,
      backend: 'wasm',
      pause: async () => {
        if (countdown-- === 0) controller.abort(new Error('a newer label came'));
      },
    });
    const first = makeExamples('a', 4);
    await strategy.update(changeOf({ added: first, background }));
    const before = strategy.save();
    countdown = pauses;
    const second = makeExamples('b', 12);
    const change = changeOf({ added: second, replay: () => [...first, ...second] });
    await expect(strategy.update(change, controller.signal)).rejects.toThrow('a newer label came');
    expect(same(strategy.save(), before)).toBe(true);
    expect(strategy.classes).toEqual(['a']);
    await expect(strategy.update(change, controller.signal)).rejects.toThrow('a newer label came');
  });

  it('rejects latents that are not finite or of the wrong length, and keeps its state', async () => {
    const strategy = createHasty();
    await strategy.update(changeOf({ added: makeExamples('a', 2), background }));
    const before = strategy.save();
    const example = makeExample('b0', 'b');
    const broken = [
      { ...example, dense: example.dense.map((value, i) => (i === 5 ? NaN : value)) },
      { ...example, dense: example.dense.slice(1) },
      { ...example, embeddings: new Float32Array(7) },
      { ...example, denseTargets: new Float32Array(1) },
    ];
    for (const wrong of broken) {
      await expect(strategy.update(changeOf({ added: [wrong] }))).rejects.toThrow('example b0');
    }
    const cells = new Float32Array(denseLatentLength).fill(Infinity);
    await expect(strategy.update(changeOf({ background: cells }))).rejects.toThrow('background');
    expect(same(strategy.save(), before)).toBe(true);
  });
}
