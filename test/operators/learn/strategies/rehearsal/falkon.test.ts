import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../../operators/detect/engines/engine.ts';
import { vectorLayout } from '../../../../../operators/detect/engines/embedding-layout.ts';
import { scoreCrop } from '../../../../../operators/detect/heads/score.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { findFault } from '../../../../../operators/gate/head-fault.ts';
import { predictSample } from '../../../../../operators/gate/predict-samples.ts';
import { createRidge } from '../../../../../operators/learn/strategies/closed-form/ridge.ts';
import { createFalkon } from '../../../../../operators/learn/strategies/rehearsal/falkon.ts';
import type { Example, HeadDraft, Strategy } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';

const embedding = vectorLayout(6);
const { length } = embedding;
const background = makeBackground(30);
const create = (bytesMax?: number): Strategy =>
  createFalkon({ embedding, ...(bytesMax !== undefined && { bytesMax }) });

/** An exclusive or: what the signs of two values are says nothing alone. */
function signed(count: number, seed: number): Example[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const [first, second] = [
      [1, 1],
      [-1, -1],
      [1, -1],
      [-1, 1],
    ][i % 4]!;
    const values = [first!, second!].map((sign) => sign * (0.6 + 0.8 * random()));
    const noise = Array.from({ length: length - 2 }, () => 0.1 * (random() - 0.5));
    return {
      id: `${seed}-${i}`,
      label: first === second ? 'same' : 'different',
      dense: new Float32Array(denseLatentLength),
      denseTargets: Float32Array.of(1),
      embeddings: Float32Array.from([...values, ...noise]),
    };
  });
}

function accuracy(draft: HeadDraft, examples: readonly Example[]): number {
  const right = examples.filter(({ label, embeddings }) => {
    const scores = scoreCrop({ ...draft, version: 1 }, embeddings)!;
    const own = draft.classes.indexOf(label!);
    return scores.every((score, row) => row === own || score < scores[own]!);
  });
  return right.length / examples.length;
}

const small = { crops: 2, embeddingLength: length };
const a = makeExamples('a', 6, small);
const b = makeExamples('b', 5, small);
const none = [makeExample('n', null, small), makeExample('m', null, small)];

describe('falkon', () => {
  it('learns what no linear method can', async () => {
    const change = changeOf({ added: signed(60, 1), background });
    const test = signed(80, 2);
    expect(accuracy(await create().update(change), test)).toBeGreaterThanOrEqual(0.95);
    expect(accuracy(await createRidge({ embedding }).update(change), test)).toBeLessThan(0.7);
  });

  it('scores crops by kernels with its centres, alike live and in the gate', async () => {
    const draft = await create().update(changeOf({ added: [...a, ...b, ...none], background }));
    const { lift, weights, bias } = draft.crop!;
    if (lift?.kind !== 'gaussian') throw new Error('no kernel');
    expect(
      findFault({ ...draft, sight: { detector: '', encoder: '', embeddingLength: length } }),
    ).toBeNull();
    const [x] = makeExamples('b', 1, { ...small, crops: 1, from: 50 });
    const roots = Array.from(
      x!.embeddings,
      (value) => Math.sign(value) * Math.sqrt(Math.abs(value)),
    );
    const norm = Math.hypot(...roots);
    const centres = lift.centres.length / length;
    const expected = draft.classes.map((_, row) => {
      let sum = bias[row]!;
      for (let c = 0; c < centres; c++) {
        const square = roots.reduce(
          (total, root, i) => total + (root / norm - lift.centres[c * length + i]!) ** 2,
          0,
        );
        sum += weights[row * centres + c]! * Math.exp(-lift.gamma * square);
      }
      return Math.min(1, Math.max(0, sum));
    });
    const scores = scoreCrop({ ...draft, version: 1 }, x!.embeddings)!;
    expected.forEach((score, row) => expect(scores[row]).toBeCloseTo(score, 3));
    const sample = { label: 'b', embedding: x!.embeddings, dense: b[0]!.dense.slice(0, 128) };
    expect(predictSample(draft, { ...sample, source: '' })).toBe('b');
  });

  it('has the mean levels of ridge on its rows: 0.7 on the class and 0 off it', async () => {
    const draft = await create().update(changeOf({ added: [...a, ...b], background }));
    const { weights, bias, lift, length: kernels } = draft.crop!;
    // Every row is a centre here, and every centre a row of one crop: the score of each follows.
    const mean = (examples: readonly Example[], row: number) => {
      const crops = examples.flatMap(({ embeddings }) =>
        [0, 1].map((i) => embeddings.slice(i * length, (i + 1) * length)),
      );
      const layer = {
        weights: weights.slice(row * kernels, (row + 1) * kernels).map((value) => value / 2),
        bias: Float32Array.of(bias[row]! / 2 + 0.5),
        length: kernels,
        lift: lift!,
      };
      const head = { ...draft, classes: ['x'], crop: layer, version: 1 };
      return crops.reduce((sum, crop) => sum + scoreCrop(head, crop)![0]! / crops.length, 0);
    };
    // Halved and shifted by a half, so that nothing is clipped.
    expect(mean(a, 0)).toBeCloseTo(0.5 + 0.35, 2);
    expect(mean(b, 0)).toBeCloseTo(0.5, 2);
  });

  it('keeps no trace of removed examples', async () => {
    const strategy = create();
    await strategy.update(changeOf({ added: [...a, ...b.slice(0, 2)] }));
    await strategy.update(changeOf({ added: [...b.slice(2), ...none] }));
    const draft = await strategy.update(changeOf({ removed: [a[1]!, b[4]!, none[0]!] }));
    const left = [...a.filter((each) => each !== a[1]), ...b.slice(0, 4), none[1]!];
    const never = create();
    const expected = await never.update(changeOf({ added: left }));
    expect(draft.crop).toEqual(expected.crop);
    expect(strategy.stateBytes).toBe(never.stateBytes);
    expect(Buffer.from(strategy.save()).includes(a[1]!.id)).toBe(false);
    const all = await create().update(changeOf({ added: [...a, ...b, ...none] }));
    expect(all.crop).not.toEqual(expected.crop);
  });

  it('drafts the same layer in whatever order examples come', async () => {
    const order = [...a.slice(1), ...none, ...b.toReversed()];
    const strategy = create();
    await strategy.update(changeOf({ added: [a[0]!] }));
    for (const example of order) await strategy.update(changeOf({ added: [example] }));
    const once = await create().update(changeOf({ added: [...a, ...b, ...none] }));
    expect((await strategy.update(changeOf({}))).crop).toEqual(once.crop);
  });

  it('moves rows with their class', async () => {
    const strategy = create();
    await strategy.update(changeOf({ added: [...a, ...b] }));
    const draft = await strategy.update(changeOf({ moved: [{ from: 'b', to: 'c' }] }));
    const renamed = b.map((example) => ({ ...example, label: 'c' }));
    const expected = await create().update(changeOf({ added: [...a, ...renamed] }));
    expect(draft.classes).toEqual(['a', 'c']);
    expect(draft.crop).toEqual(expected.crop);
  });

  it('stays within its bytes, with examples of every class', async () => {
    const bytesMax = 90_000;
    const strategy = create(bytesMax);
    for (const label of 'abcd') {
      const added = [...makeExamples(label, 9, small), makeExample(`${label}-none`, null, small)];
      const { crop, classes } = await strategy.update(changeOf({ added, background }));
      expect(strategy.stateBytes).toBeLessThanOrEqual(bytesMax);
      for (const row of classes.keys()) expect(crop!.bias[row]).not.toBe(0);
    }
    expect(strategy.stateBytes).toBeGreaterThan(0.95 * bytesMax);
  });

  it('reports the bytes it needs if its limit is too low, and keeps its state', async () => {
    expect(() => create(1000)).toThrow(/needs at least \d+ bytes for 0 classes and may take 1000/);
    const strategy = create(70_000);
    await strategy.update(changeOf({ added: a }));
    const before = strategy.save();
    const many = 'cdefghij'.split('').map((label) => makeExample(label, label, small));
    await expect(strategy.update(changeOf({ added: many }))).rejects.toThrow(RangeError);
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('scores 0 for a class without crops', async () => {
    const bare = makeExamples('p', 2, { embeddingLength: length });
    const { crop } = await create().update(changeOf({ added: [...a, ...b, ...bare] }));
    expect(crop!.bias[2]).toBe(0);
    expect(crop!.weights.subarray(2 * crop!.length).every((value) => value === 0)).toBe(true);
  });
});
