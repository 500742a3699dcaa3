import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
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
    // Two objects whose appearance differs at first (one is mostly hidden), then agrees.
    const half = (a: Float32Array, b: Float32Array, share: number) =>
      a.map((value, i) => share * value + (1 - share) * b[i]!);
    const a = clusters.join(kind(random));
    const b = clusters.join(half(kind(random), embeddingsOfKind(88)(seededRandom(9)), 0.2));
    expect(b).not.toBe(a);
    clusters.setState(b, { kind: 'class', class: 'cone' });
    const blend = embeddingsOfKind(88)(random);
    const shares = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1, 1, 1, 1];
    for (const share of shares) clusters.rejoin(b, half(kind(random), blend, share));
    expect(clusters.resolve(b)).toBe(a);
    expect(clusters.merged).toBe(1);
    expect(clusters.takeGrown()).toEqual([a]);
    expect(clusters.takeGrown()).toEqual([]);
    expect(clusters.size).toBe(before + 1);
    expect(clusters.stateOf(b)).toEqual({ kind: 'class', class: 'cone' });
    expect(clusters.resolve(clusters.join(other(random)))).not.toBe(a);
  });

  it('never merges a dismissed cluster with another one', () => {
    const { clusters, random } = scene(2);
    const kind = embeddingsOfKind(77, 0.3);
    const blend = embeddingsOfKind(88)(random);
    const a = clusters.join(kind(random));
    clusters.setState(a, { kind: 'dismissed' });
    const b = clusters.join(kind(random).map((value, i) => 0.2 * value + 0.8 * blend[i]!));
    expect(b).not.toBe(a);
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

describe('Clusters of tracked objects', () => {
  const half = (a: Float32Array, b: Float32Array, share: number) =>
    a.map((value, i) => share * value + (1 - share) * b[i]!);

  it('keep another side of an object, so that the next one from that side joins', () => {
    const { clusters, random } = scene(2);
    const [front, back] = [embeddingsOfKind(77)(random), embeddingsOfKind(88)(random)];
    const before = clusters.size;
    const id = clusters.join(front);
    for (const share of [0.8, 0.7, 0.6, 0.5]) clusters.rejoin(id, half(front, back, share));
    expect(clusters.size).toBe(before + 1);
    expect(clusters.join(half(front, back, 0.45))).toBe(id);
  });

  it('are not merged by a track that changes its object before the scene is known', () => {
    const random = seededRandom(3);
    const clusters = new Clusters();
    const mixed = (a: Float32Array, b: Float32Array, share: number) =>
      a.map((value, i) => share * value + (1 - share) * b[i]!);
    const [one, two] = [embeddingsOfKind(1, 0)(random), embeddingsOfKind(2, 0)(random)];
    // Two objects that share most of what is plain in every crop.
    const other = mixed(one, two, 0);
    const [first, second] = [clusters.join(one), clusters.join(other)];
    expect(first).not.toBe(second);
    for (let look = 0; look < 4; look++) clusters.rejoin(first, other);
    expect(clusters.resolve(second)).toBe(second);
  });

  it('join what was dismissed by similarity alone, whatever was seen at their place', () => {
    const { clusters, kinds, random } = scene(2);
    const id = clusters.join(kinds[0]!(random));
    clusters.setState(id, { kind: 'dismissed' });
    const odd = kinds[0]!(random).map((value, i) => 0.45 * value + 0.55 * kinds[1]!(random)[i]!);
    const atPlace = { clusterId: id, leniency: 0.1 };
    expect(clusters.resolve(clusters.join(odd, atPlace))).not.toBe(clusters.resolve(id));
  });

  it('leave their cluster where they are strangers to it: tracks change their object', () => {
    const { clusters, kinds, random } = scene(4);
    const [a, b] = [clusters.join(kinds[0]!(random)), clusters.join(kinds[1]!(random))];
    expect(clusters.rejoin(a, kinds[1]!(random))).toBe(b);
    expect(clusters.merged).toBe(0);
    expect(clusters.takeGrown()).toEqual([]);
  });

  it('join the cluster of what was seen at their place more easily than others', () => {
    const { clusters, kinds, random } = scene(4);
    const id = clusters.join(kinds[0]!(random));
    const before = clusters.size;
    const changed = half(kinds[0]!(random), embeddingsOfKind(91)(random), 0.3);
    const hinted = clusters.join(changed, { clusterId: id, leniency: 0.2 });
    expect(hinted).toBe(id);
    expect(clusters.join(embeddingsOfKind(92)(random), { clusterId: id, leniency: 1 })).not.toBe(
      id,
    );
    expect(clusters.size).toBe(before + 1);
  });

  it('tell which cluster took in another, once, and how often and how surely it was seen', () => {
    const clusters = new Clusters();
    const random = seededRandom(3);
    const id = clusters.join(embeddingsOfKind(1)(random));
    expect(clusters.factsOf(id)).toMatchObject({ sightings: 1, uncertainty: 1 });
    clusters.noteUncertainty(id, 0.5);
    expect(clusters.factsOf(id)?.uncertainty).toBeCloseTo(0.75);
    expect(clusters.factsOf('c9')).toBeNull();
    clusters.noteUncertainty('c9', 0.5);
    expect(clusters.takeGrown()).toEqual([]);
  });
});
