import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { Novelty, noveltyByScore } from '../../../operators/discover/novelty.ts';
import { boxAt, embeddingsOfKind, observationAt, trackAt } from '../track/scene.ts';

/** A scorer that has learned `perClass` embeddings of each of `classes` kinds. */
function trained(classes: number, perClass: number) {
  const random = seededRandom(9);
  const kinds = Array.from({ length: classes }, (_, i) => embeddingsOfKind(i + 1, 0.4));
  const novelty = new Novelty();
  for (let n = 0; n < perClass; n++) {
    for (const [i, kind] of kinds.entries()) novelty.learn(`kind ${i}`, kind(random));
  }
  return { novelty, kinds, random };
}

describe('Novelty', () => {
  it.each([
    [1, 30],
    [2, 15],
    [6, 10],
  ])('separates unknown kinds from %i known ones', (classes, perClass) => {
    const { novelty, kinds, random } = trained(classes, perClass);
    const known = Array.from({ length: 60 }, (_, i) => novelty.score(kinds[i % classes]!(random))!);
    const unknown = Array.from({ length: 60 }, (_, i) =>
      novelty.score(embeddingsOfKind(1000 + i, 0.4)(random))!,
    );
    expect(Math.min(...unknown)).toBeGreaterThan(0.75);
    expect(known.filter((score) => score > 0.75).length).toBeLessThan(6);
    expect(Math.min(...known)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...unknown)).toBeLessThanOrEqual(1);
  });

  it('returns null while too few embeddings are known', () => {
    const { novelty, kinds, random } = trained(2, 6);
    expect(novelty.score(kinds[0]!(random))).toBeNull();
    expect(new Novelty().score(kinds[0]!(random))).toBeNull();
  });

  it('bounds the number of classes and counts dropped ones', () => {
    const novelty = new Novelty({ classesMax: 3 });
    const random = seededRandom(1);
    for (let i = 0; i < 5; i++) novelty.learn(`kind ${i}`, embeddingsOfKind(i)(random));
    expect(novelty.dropped).toBe(2);
  });

  it('throws for an embedding of another length', () => {
    expect(() => new Novelty().learn('kind', new Float32Array(cropEmbeddingLength - 1))).toThrow(
      RangeError,
    );
  });
});

describe('noveltyByScore', () => {
  it('is high for high objectness and low base scores', () => {
    const box = boxAt(0, 0);
    const of = (objectness: number, baseScore: number) =>
      noveltyByScore(
        trackAt(1, box, 0, { objectness, observation: observationAt(box, { baseScore }) }),
      );
    expect(of(0.8, 0.1)).toBeCloseTo(0.72, 9);
    expect(of(0.8, 0.1)).toBeGreaterThan(of(0.8, 0.3));
    expect(of(0.8, 0.1)).toBeGreaterThan(of(0.4, 0.1));
  });
});
