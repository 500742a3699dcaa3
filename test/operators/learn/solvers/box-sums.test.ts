import { describe, expect, it } from 'vitest';
import { type BoxOffsets, regressBox } from '../../../../operators/detect/heads/box-regression.ts';
import { cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import type { LinearLayer } from '../../../../operators/detect/heads/head.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { BoxSums } from '../../../../operators/learn/solvers/box-sums.ts';
import type { Example } from '../../../../operators/learn/strategy.ts';
import { makeExample } from '../make-example.ts';

/**
 * An embedding whose layout values grow with the distance of the object's right edge from the box.
 */
function embeddingOf(right: number, random: () => number): Float32Array {
  return Float32Array.from({ length: cropEmbeddingLength }, () => 1 + 4 * right + 0.2 * random());
}

/** An example whose second crop has this offset at its right edge. */
function exampleOff(id: string, right: number, label: string | null = 'cup'): Example {
  const random = seededRandom(id.length + id.charCodeAt(id.length - 1));
  const plain = makeExample(id, label, { crops: 1 });
  const embeddings = new Float32Array(2 * cropEmbeddingLength);
  embeddings.set(plain.embeddings);
  embeddings.set(embeddingOf(right, random), cropEmbeddingLength);
  const offsets: readonly BoxOffsets[] = [[0, 0.1, right, -right]];
  return { ...plain, embeddings, offsets };
}

const rights = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.15, -0.15, 0.05, -0.05, 0.25];
const examples = Array.from({ length: 60 }, (_, i) => exampleOff(`e${i}`, rights[i % 12]!));
const none: readonly Example[] = [];

const offsetsBy = (box: LinearLayer | null, right: number): BoxOffsets =>
  regressBox({ box: box! }, embeddingOf(right, seededRandom(99)))!;

describe('box sums', () => {
  it('predict the edges of an object from its embedding', () => {
    const layer = new BoxSums().with({ added: examples, removed: none }).solve();
    const [left, top, right, bottom] = offsetsBy(layer, 0.2);
    expect(left).toBeCloseTo(0, 2);
    // The mean offset, damped by a prior of twenty exact boxes.
    expect(top).toBeCloseTo((0.1 * 60) / 80, 2);
    // Ridge regression shrinks slopes, so only direction and rough size are checked.
    expect(right).toBeGreaterThan(0.08);
    expect(right).toBeLessThan(0.21);
    expect(bottom).toBeCloseTo(-right, 2);
    expect(offsetsBy(layer, -0.2)[2]).toBeLessThan(-0.08);
  });

  it('give no layer for few rows, nor for crops without offsets', () => {
    const few = new BoxSums().with({ added: examples.slice(0, 7), removed: none });
    expect(few.rows).toBe(7);
    expect(few.solve()).toBeNull();
    const plain = Array.from({ length: 20 }, (_, i) => makeExample(`p${i}`, 'cup', { crops: 4 }));
    expect(new BoxSums().with({ added: plain, removed: none }).rows).toBe(0);
  });

  it('do not depend on order, and unlearn removed examples', () => {
    const once = new BoxSums().with({ added: examples.slice(0, 40), removed: none });
    const other = [...examples.slice(0, 40)]
      .reverse()
      .reduce((sums, example) => sums.with({ added: [example], removed: none }), new BoxSums());
    const back = once
      .with({ added: examples.slice(40), removed: none })
      .with({ added: none, removed: examples.slice(40) });
    const wanted = once.solve()!;
    for (const sums of [other, back]) {
      expect(sums.rows).toBe(40);
      const layer = sums.solve()!;
      layer.weights.forEach((value, i) => expect(value).toBeCloseTo(wanted.weights[i]!, 4));
      layer.bias.forEach((value, i) => expect(value).toBeCloseTo(wanted.bias[i]!, 3));
    }
    const rest = back.with({ added: none, removed: examples.slice(0, 40) });
    expect(rest.values.every((value) => value === 0)).toBe(true);
  });

  it('predict the mean offset from identical embeddings', () => {
    const same = Array.from({ length: 10 }, () => examples[4]!);
    const layer = new BoxSums().with({ added: same, removed: none }).solve()!;
    expect(layer.weights.every(Number.isFinite)).toBe(true);
    expect(offsetsBy(layer, 0.1)[1]).toBeCloseTo((0.1 * 10) / 30, 2);
  });
});
