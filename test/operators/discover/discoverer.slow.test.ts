import { describe, expect, it } from 'vitest';
import { Discoverer, type DiscovererOptions } from '../../../operators/discover/discoverer.ts';
import type { Track } from '../../../operators/track/track.ts';
import { boxAt, embeddingsOfKind, observationAt, trackAt, trackedAt } from '../track/scene.ts';
import { embeddingAt, stepMs, walker } from './embedded-tracks.ts';

describe('Discoverer, unknowns', () => {
  const isUnknown = (facts: Partial<Track>, others: readonly Track[] = []) => {
    const discoverer = new Discoverer();
    const track = trackAt(1, boxAt(500, 500), 600, { embedding: embeddingAt(500), ...facts });
    return discoverer.update(trackedAt(600, [track, ...others])).unknowns.length > 0;
  };
  const person = { class: 'person', score: 0.8, by: 'base' as const };
  const cone = { class: 'cone', score: 0.8, by: 'learned' as const };

  it('are confirmed, visible, unrecognised tracks of some age with an embedding', () => {
    expect(isUnknown({})).toBe(true);
    expect(isUnknown({ recognition: person })).toBe(false);
    expect(isUnknown({ recognition: cone })).toBe(false);
    expect(isUnknown({ confirmed: false })).toBe(false);
    expect(isUnknown({ observation: null, missed: 1 })).toBe(false);
    expect(isUnknown({ embedding: null })).toBe(false);
    expect(isUnknown({ fragment: true })).toBe(false);
    expect(isUnknown({ firstSeenMs: 1 })).toBe(false);
    expect(isUnknown({ hits: 4 })).toBe(false);
    expect(isUnknown({ objectness: 0.19 })).toBe(false);
  });

  it('include tracks of a base class whose share of the heat is doubted', () => {
    const isDoubted = (
      options: Partial<DiscovererOptions>,
      name: Track['recognition'] = person,
    ) => {
      const facts: Partial<Track> = {
        recognition: name,
        baseShare: 0.25,
        embedding: embeddingAt(500),
      };
      const track = trackAt(1, boxAt(500, 500), 600, facts);
      return new Discoverer(options).update(trackedAt(600, [track])).unknowns.length > 0;
    };
    expect(isDoubted({})).toBe(false);
    expect(isDoubted({ doubtShare: 0.3 })).toBe(true);
    expect(isDoubted({ doubtShare: 0.2 })).toBe(false);
    expect(isDoubted({ doubtShare: 0.3 }, cone)).toBe(false);
  });

  describe('by what was seen of them', () => {
    /** The unknowns after each of 60 frames with these hottest classes in turn. */
    const unknownsOf = (
      classes: readonly string[],
      baseScore: number,
      facts: Partial<Track> = {},
    ) => {
      const discoverer = new Discoverer();
      const box = boxAt(500, 500);
      return Array.from({ length: 60 }, (_, i) => {
        const baseClass = classes[i % classes.length]!;
        const heat = { baseClass, baseScore: baseScore + i / 1e5 };
        const observation = observationAt(box, { ...heat, baseShare: facts.baseShare ?? 1 });
        const nowMs = 1000 + i * stepMs;
        // Another crop is embedded after a second.
        const embedding = embeddingAt(nowMs < 2000 ? 0 : 1000);
        const seen = { observation, embedding, hits: 20 + i, ...facts };
        const track = trackAt(1, box, nowMs, seen);
        return discoverer.update(trackedAt(nowMs, [track])).unknowns;
      });
    };
    const asks = (...args: Parameters<typeof unknownsOf>) =>
      unknownsOf(...args).map(([unknown]) => unknown?.asked ?? false);

    it('are asked about at the second crop embedding where base classes disagree', () => {
      const asked = asks(['bird', 'kite', 'cup'], 0.2);
      expect(asked.indexOf(true)).toBe(Math.ceil(1000 / stepMs));
      expect(asked.at(-1)).toBe(true);
    });

    it('are unknown, but never asked about, where every frame has one base class', () => {
      expect(unknownsOf(['person'], 0.2).at(-1)).toHaveLength(1);
      expect(asks(['person'], 0.2)).not.toContain(true);
      expect(asks(['person'], 0.1)).toContain(true);
    });

    it('are asked about after five seconds where that class is hardly hotter than others', () => {
      const asked = asks(['umbrella'], 0.28, { baseShare: 0.11 });
      expect(asked.indexOf(true)).toBe(5000 / stepMs);
    });

    it('may be weak where they are steady and no base class is agreed on', () => {
      const last = (...args: Parameters<typeof unknownsOf>) => unknownsOf(...args).at(-1);
      expect(last(['bird', 'kite'], 0.13, { objectness: 0.13 })).toHaveLength(1);
      expect(last(['person'], 0.13, { objectness: 0.13 })).toEqual([]);
      expect(last(['bird', 'kite'], 0.13, { objectness: 0.11 })).toEqual([]);
    });

    it('are no longer asked about where one base class prevails in the end', () => {
      const discoverer = new Discoverer();
      const box = boxAt(500, 500);
      const asked = Array.from({ length: 200 }, (_, i) => {
        const baseClass = i < 10 ? ['bird', 'kite', 'cup'][i % 3]! : 'person';
        const observation = observationAt(box, { baseClass, baseScore: 0.3 + i / 1e5 });
        const nowMs = 1000 + i * stepMs;
        const facts = { observation, embedding: embeddingAt(nowMs < 1500 ? 0 : 500) };
        return discoverer.update(trackedAt(nowMs, [trackAt(1, box, nowMs, facts)])).unknowns;
      }).map(([unknown]) => unknown?.asked ?? false);
      expect(asked).toContain(true);
      expect(asked.at(-1)).toBe(false);
      expect(discoverer.clusters.questions).toMatchObject({ asked: 1, withdrawn: 1 });
    });
  });

  it('are neither very small nor very large', () => {
    expect(isUnknown({ box: boxAt(500, 500, 22) })).toBe(false);
    expect(isUnknown({ box: boxAt(500, 500, 23) })).toBe(true);
    expect(isUnknown({ box: boxAt(500, 500, 1000, 501) })).toBe(false);
  });

  it('are no parts of recognised objects, but may lie on a table', () => {
    const around = boxAt(510, 510, 200);
    expect(isUnknown({}, [trackAt(2, around, 600, { recognition: person })])).toBe(false);
    expect(isUnknown({}, [trackAt(2, boxAt(590, 500, 200), 600, { recognition: person })])).toBe(
      true,
    );
    const table = { class: 'dining table', score: 0.8, by: 'base' as const };
    expect(isUnknown({}, [trackAt(2, around, 600, { recognition: table })])).toBe(true);
    const wall = boxAt(500, 500, 1000, 600);
    expect(isUnknown({}, [trackAt(2, wall, 600, { recognition: person })])).toBe(true);
    expect(isUnknown({}, [trackAt(2, around, 600)])).toBe(true);
    const tentative: Partial<Track> = { recognition: person, confirmed: false };
    expect(isUnknown({}, [trackAt(2, around, 600, tentative)])).toBe(true);
  });

  it('do not include flickering tracks', () => {
    const discoverer = new Discoverer();
    const counts: number[] = [];
    for (let i = 0; i < 60; i++) {
      const observed = i % 3 === 0;
      const box = boxAt(500, 500);
      const track = trackAt(1, box, i * stepMs, {
        hits: 3 + Math.floor(i / 3),
        missed: i % 3,
        observation: observed ? observationAt(box) : null,
        embedding: embeddingAt(0),
      });
      counts.push(discoverer.update(trackedAt(i * stepMs, [track])).unknowns.length);
    }
    expect(counts.slice(20).every((count) => count === 0)).toBe(true);
  });

  it('have a novelty by distance once enough classes are known', () => {
    const discoverer = new Discoverer();
    const recognised = (id: number, kind: number) =>
      trackAt(id, boxAt(100, 100), 0, {
        recognition: { ...person, class: `kind ${kind}` },
        embedding: embeddingAt(0, embeddingsOfKind(kind, 0.3)),
      });
    for (let id = 10; id < 70; id++)
      discoverer.update(trackedAt(0, [recognised(id, 50 + (id % 3))]));
    const [novel] = discoverer.update(
      trackedAt(700, [
        trackAt(1, boxAt(500, 500), 700, { embedding: embeddingAt(600, embeddingsOfKind(99)) }),
      ]),
    ).unknowns;
    const [familiar] = discoverer.update(
      trackedAt(700, [
        trackAt(2, boxAt(500, 500), 700, {
          embedding: embeddingAt(600, embeddingsOfKind(51, 0.3)),
        }),
      ]),
    ).unknowns;
    expect(novel?.novelty).toBeGreaterThan(0.9);
    expect(familiar?.novelty).toBeLessThan(0.6);
  });
});

describe('Discoverer, labelled clusters', () => {
  it('reports no unknowns of a dismissed cluster until the dismissal is undone', () => {
    const discoverer = new Discoverer();
    const count = (id: number, nowMs: number) =>
      discoverer.update(trackedAt(nowMs, [walker(id, nowMs)])).unknowns.length;
    const id = discoverer.update(trackedAt(1000, [walker(1, 1000)])).unknowns[0]!.clusterId;
    expect(discoverer.clusters.setState(id, { kind: 'dismissed' })).toBe(true);
    expect(count(1, 1100)).toBe(0);
    expect(count(2, 1200)).toBe(0);
    expect(discoverer.clusters.setState(id, { kind: 'unlabelled' })).toBe(true);
    expect(count(2, 1300)).toBe(1);
  });

  it('reports the unknowns of a labelled cluster until a head has learned its class', () => {
    const discoverer = new Discoverer();
    const [first] = discoverer.update(trackedAt(1000, [walker(1, 1000)])).unknowns;
    const cone = { kind: 'class', class: 'cone' } as const;
    expect(discoverer.clusters.setState(first!.clusterId, cone)).toBe(true);
    const [again] = discoverer.update(trackedAt(1100, [walker(2, 1100)])).unknowns;
    expect(again?.clusterId).toBe(first?.clusterId);
    expect(discoverer.clusters.stateOf(again!.clusterId)).toEqual(cone);
    expect(discoverer.clusters.setState('c99', { kind: 'dismissed' })).toBe(false);
  });
});
