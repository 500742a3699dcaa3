import { describe, expect, it } from 'vitest';
import { Sightings, sightingsMax } from '../../../operators/discover/sightings.ts';
import { boxAt } from '../track/scene.ts';

const place = boxAt(500, 500);
const near = boxAt(510, 500);
const elsewhere = boxAt(900, 500);

describe('Sightings', () => {
  it('know the place of an object of a base class for a while, for other tracks', () => {
    const sightings = new Sightings();
    sightings.note(1, place, null, 1000);
    expect(sightings.isKnownPlace(2, near, 1000)).toBe(true);
    expect(sightings.isKnownPlace(2, near, 21_000)).toBe(true);
    expect(sightings.isKnownPlace(2, near, 21_001)).toBe(false);
    expect(sightings.isKnownPlace(1, near, 2000)).toBe(false);
    expect(sightings.isKnownPlace(2, elsewhere, 2000)).toBe(false);
    // A recording that starts over.
    expect(sightings.isKnownPlace(2, near, 0)).toBe(false);
  });

  it('forget the earlier places of an object that moved', () => {
    const sightings = new Sightings();
    sightings.note(1, place, null, 0);
    sightings.note(1, elsewhere, null, 100);
    expect(sightings.isKnownPlace(2, place, 200)).toBe(false);
  });

  it('hint at the cluster of an unknown object that stood here', () => {
    const sightings = new Sightings({ sightingLeniency: 0.7 });
    sightings.note(1, place, 'c4', 0);
    sightings.note(3, elsewhere, 'c5', 0);
    expect(sightings.hintFor(2, near, 600_000)).toEqual({ clusterId: 'c4', leniency: 0.7 });
    expect(sightings.hintFor(2, near, 1_800_001)).toBeNull();
    expect(sightings.hintFor(1, near, 1000)).toBeNull();
    expect(sightings.isKnownPlace(2, near, 1000)).toBe(false);
  });

  it('hint at one that was lost close by a moment ago, but not at one that is seen there now', () => {
    const beside = boxAt(590, 500);
    const sightings = new Sightings();
    sightings.note(1, place, 'c4', 1000);
    expect(sightings.hintFor(2, beside, 2000)?.clusterId).toBe('c4');
    expect(sightings.hintFor(2, beside, 1000)).toBeNull();
    expect(sightings.hintFor(2, beside, 5000)).toBeNull();
  });

  it('are bounded in number', () => {
    const sightings = new Sightings();
    for (let id = 1; id <= 2 * sightingsMax; id++) sightings.note(id, boxAt(id * 100, 0), null, id);
    expect(sightings.size).toBe(sightingsMax);
  });
});
