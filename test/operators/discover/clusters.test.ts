import { describe, expect, it } from 'vitest';
import { Clusters } from '../../../operators/discover/clusters.ts';
import { lookKind, seeded } from '../track/scene.ts';

/** Shows the clusters an object: its first look and two more. */
function show(clusters: Clusters, look: () => Float32Array): string {
  const first = look();
  clusters.observe(first);
  let id = clusters.join(first);
  for (let i = 0; i < 2; i++) id = clusters.rejoin(id, look());
  return id;
}

/** Clusters that have seen a scene of twenty kinds, each `objects` times. */
function scene(objects: number, noise = 0.3, clusters = new Clusters()) {
  const random = seeded(4);
  const kinds = Array.from({ length: 20 }, (_, i) => lookKind(i + 1, noise));
  const ids = kinds.map(() => new Set<string>());
  for (let n = 0; n < objects; n++) {
    for (const [i, kind] of kinds.entries()) ids[i]?.add(show(clusters, () => kind(random)));
  }
  return {
    clusters,
    kinds,
    ids: ids.map((set) => new Set([...set].map((id) => clusters.resolve(id)))),
    random,
  };
}

describe('Clusters', () => {
  it('gives each of twenty kinds one cluster of its own', () => {
    const { ids, clusters } = scene(8);
    expect(ids.every((set) => set.size === 1)).toBe(true);
    expect(new Set(ids.flatMap((set) => [...set])).size).toBe(20);
    expect(clusters.size).toBe(20);
  });

  it('puts nearly equal looks together even if nothing else was ever seen', () => {
    const clusters = new Clusters();
    const random = seeded(1);
    const kind = lookKind(1, 0.1);
    const ids = new Set(Array.from({ length: 40 }, () => show(clusters, () => kind(random))));
    expect([...ids]).toEqual(['c1']);
  });

  it('keeps an object in its cluster though a look of it is odd, but not one of another kind', () => {
    const { clusters, kinds, random } = scene(4);
    const id = clusters.join(kinds[0]!(random));
    const odd = kinds[0]!(random).map((value) => value * 0.7);
    expect(clusters.rejoin(id, odd)).toBe(id);
    expect(clusters.rejoin(id, kinds[1]!(random))).not.toBe(id);
  });

  it('merges two clusters that turn out to be one, and knows the younger by the older id', () => {
    const { clusters, kinds, random } = scene(2);
    const before = clusters.size;
    const kind = lookKind(77, 0.3);
    const other = kinds[3]!;
    // Two objects that first look unalike (half hidden behind something else), then alike.
    const half = (a: Float32Array, b: Float32Array, share: number) =>
      a.map((value, i) => share * value + (1 - share) * b[i]!);
    const a = clusters.join(kind(random));
    const b = clusters.join(half(kind(random), lookKind(88)(random), 0.35));
    expect(b).not.toBe(a);
    clusters.setState(b, { kind: 'class', class: 'cone' });
    for (let i = 0; i < 12; i++) clusters.rejoin(b, kind(random));
    expect(clusters.resolve(b)).toBe(a);
    expect(clusters.merged).toBe(1);
    expect(clusters.size).toBe(before + 1);
    expect(clusters.stateOf(b)).toEqual({ kind: 'class', class: 'cone' });
    expect(clusters.resolve(clusters.join(other(random)))).not.toBe(a);
  });

  it('never merges what was dismissed with what was not', () => {
    const { clusters, random } = scene(2);
    const kind = lookKind(77, 0.3);
    const blend = lookKind(88)(random);
    const a = clusters.join(kind(random));
    clusters.setState(a, { kind: 'dismissed' });
    const b = clusters.join(kind(random).map((value, i) => 0.35 * value + 0.65 * blend[i]!));
    for (let i = 0; i < 12; i++) clusters.rejoin(b, kind(random));
    expect(clusters.resolve(b)).toBe(b);
  });

  it('holds a bounded number, drops the smallest unlabelled one and counts it', () => {
    const clusters = new Clusters({ clustersMax: 5 });
    const random = seeded(2);
    const first = show(clusters, () => lookKind(1)(random));
    const named = clusters.join(lookKind(2)(random));
    clusters.setState(named, { kind: 'class', class: 'cone' });
    for (let i = 3; i < 30; i++) clusters.join(lookKind(i)(random));
    expect(clusters.size).toBe(5);
    expect(clusters.dropped).toBe(24);
    expect(clusters.stateOf(first)).not.toBeNull();
    expect(clusters.stateOf(named)).not.toBeNull();
    expect(clusters.stateOf('c3')).toBeNull();
    expect(clusters.setState('c3', { kind: 'dismissed' })).toBe(false);
  });
});
