import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { Clusters } from '../../../operators/discover/clusters.ts';
import { embeddingsOfKind } from '../track/scene.ts';

/** Adds an object with three embeddings; returns the id of its cluster. */
function addObject(clusters: Clusters, draw: () => Float32Array): string {
  const first = draw();
  clusters.observe(first);
  let id = clusters.join(first);
  for (let i = 0; i < 2; i++) id = clusters.rejoin(id, draw());
  return id;
}

/** Clusters of a scene of twenty kinds with `objects` objects each. */
function scene(objects: number, noise = 0.3, clusters = new Clusters()) {
  const random = seededRandom(4);
  const kinds = Array.from({ length: 20 }, (_, i) => embeddingsOfKind(i + 1, noise));
  const ids = kinds.map(() => new Set<string>());
  for (let n = 0; n < objects; n++) {
    for (const [i, kind] of kinds.entries()) ids[i]?.add(addObject(clusters, () => kind(random)));
  }
  return {
    clusters,
    kinds,
    ids: ids.map((set) => new Set([...set].map((id) => clusters.resolve(id)))),
    random,
  };
}

describe('Clusters', () => {
  it('forms one cluster per kind of object', () => {
    const { ids, clusters } = scene(8);
    expect(ids.every((set) => set.size === 1)).toBe(true);
    expect(new Set(ids.flatMap((set) => [...set])).size).toBe(20);
    expect(clusters.size).toBe(20);
  });

  it('joins nearly equal embeddings even without statistics of a scene', () => {
    const clusters = new Clusters();
    const random = seededRandom(1);
    const kind = embeddingsOfKind(1, 0.1);
    const ids = new Set(Array.from({ length: 40 }, () => addObject(clusters, () => kind(random))));
    expect([...ids]).toEqual(['c1']);
  });

  it('keeps an object in its cluster for an odd embedding, but not for one of another kind', () => {
    const { clusters, kinds, random } = scene(4);
    const id = clusters.join(kinds[0]!(random));
    const odd = kinds[0]!(random).map((value) => value * 0.7);
    expect(clusters.rejoin(id, odd)).toBe(id);
    expect(clusters.rejoin(id, kinds[1]!(random))).not.toBe(id);
  });

  it('merges two clusters of one kind and resolves the younger id to the older one', () => {
    const { clusters, kinds, random } = scene(2);
    const before = clusters.size;
    const kind = embeddingsOfKind(77, 0.3);
    const other = kinds[3]!;
    // Two objects whose appearance differs at first (one is half occluded), then agrees.
    const half = (a: Float32Array, b: Float32Array, share: number) =>
      a.map((value, i) => share * value + (1 - share) * b[i]!);
    const a = clusters.join(kind(random));
    const b = clusters.join(half(kind(random), embeddingsOfKind(88)(random), 0.35));
    expect(b).not.toBe(a);
    clusters.setState(b, { kind: 'class', class: 'cone' });
    for (let i = 0; i < 12; i++) clusters.rejoin(b, kind(random));
    expect(clusters.resolve(b)).toBe(a);
    expect(clusters.merged).toBe(1);
    expect(clusters.takeGrown()).toEqual([a]);
    expect(clusters.takeGrown()).toEqual([]);
    expect(clusters.factsOf(b)?.sightings).toBe(2);
    expect(clusters.size).toBe(before + 1);
    expect(clusters.stateOf(b)).toEqual({ kind: 'class', class: 'cone' });
    expect(clusters.resolve(clusters.join(other(random)))).not.toBe(a);
  });

  it('tells whether a question about a similar cluster is open', () => {
    const clusters = new Clusters();
    const ones = (from: number, to: number) =>
      new Float32Array(cropEmbeddingLength).fill(1, from, to);
    // Cosines of 0.9 and of 0: alike, but not the same, and another one.
    const a = clusters.join(ones(0, 810));
    const b = clusters.join(ones(0, 1000));
    const other = clusters.join(ones(1000, 1100));
    const alike = () => [a, b, other].map((id) => clusters.isLikeAsked(id));
    expect(alike()).toEqual([false, false, false]);
    clusters.noteAsked(a, true);
    expect(alike()).toEqual([false, true, false]);
    clusters.noteAsked(a, false);
    expect(alike()).toEqual([false, false, false]);
    // Its object has left, but its samples can still be labelled.
    clusters.questions.hasSamples = (id) => id === a;
    expect(alike()).toEqual([false, true, false]);
    clusters.questions.hasSamples = () => false;
    expect(alike()).toEqual([false, false, false]);
    clusters.noteAsked(a, true);
    clusters.setState(a, { kind: 'class', class: 'cone' });
    expect(alike()).toEqual([false, false, false]);
  });

  it('waits for a question about what is somewhat alike, without being of one cluster', () => {
    // So strict that no two embeddings are of one cluster.
    const strict = { joinSimilarity: 1.1, plainSimilarity: 1.1, mergeSimilarity: 1.1 };
    const { clusters, kinds, random } = scene(1, 0.3, new Clusters(strict));
    const [asked, alike] = [clusters.join(kinds[0]!(random)), clusters.join(kinds[0]!(random))];
    const unlike = clusters.join(kinds[1]!(random));
    expect(new Set([asked, alike, unlike]).size).toBe(3);
    clusters.noteAsked(asked, true);
    expect([alike, unlike].map((id) => clusters.isLikeAsked(id))).toEqual([true, false]);
  });

  it('never merges a dismissed cluster with another one', () => {
    const { clusters, random } = scene(2);
    const kind = embeddingsOfKind(77, 0.3);
    const blend = embeddingsOfKind(88)(random);
    const a = clusters.join(kind(random));
    clusters.setState(a, { kind: 'dismissed' });
    const b = clusters.join(kind(random).map((value, i) => 0.35 * value + 0.65 * blend[i]!));
    for (let i = 0; i < 12; i++) clusters.rejoin(b, kind(random));
    expect(clusters.resolve(b)).toBe(b);
  });

  it('bounds the number of clusters, drops the smallest unlabelled one and counts it', () => {
    const clusters = new Clusters({ clustersMax: 5 });
    const random = seededRandom(2);
    const first = addObject(clusters, () => embeddingsOfKind(1)(random));
    const labelled = clusters.join(embeddingsOfKind(2)(random));
    clusters.setState(labelled, { kind: 'class', class: 'cone' });
    for (let i = 3; i < 30; i++) clusters.join(embeddingsOfKind(i)(random));
    expect(clusters.size).toBe(5);
    expect(clusters.dropped).toBe(24);
    expect(clusters.stateOf(first)).not.toBeNull();
    expect(clusters.stateOf(labelled)).not.toBeNull();
    expect(clusters.stateOf('c3')).toBeNull();
    expect(clusters.setState('c3', { kind: 'dismissed' })).toBe(false);
  });
});
