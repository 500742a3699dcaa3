import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import {
  candidateDefaults,
  coveringBoxes,
  isCandidateRegion,
} from '../../../operators/discover/candidate.ts';
import type { Region } from '../../../operators/track/track.ts';
import { boxAt } from '../track/scene.ts';

const size = { sourceWidth: 1000, sourceHeight: 1000 };
const doubting = { ...candidateDefaults, doubtShare: 0.3 };
const unrecognised: Region = {
  box: boxAt(500, 500),
  recognition: null,
  objectness: 0.5,
  baseShare: 1,
};
const recognised = (by: 'base' | 'learned', baseShare: number, name = 'kite'): Region => ({
  ...unrecognised,
  recognition: { class: name, score: 0.8, by },
  baseShare,
});

describe('isSuspect', () => {
  const isUnknown = (region: Partial<Region>, covering: readonly Box[] = [], options = doubting) =>
    isCandidateRegion({ ...unrecognised, ...region }, size, covering, options);

  it('accepts unrecognised regions of enough objectness and a plausible size', () => {
    expect(isUnknown({})).toBe(true);
    expect(isUnknown({ objectness: candidateDefaults.objectnessMin - 0.01 })).toBe(false);
    expect(isUnknown({ box: boxAt(500, 500, 22) })).toBe(false);
    expect(isUnknown({ box: boxAt(500, 500, 1000, 501) })).toBe(false);
  });

  it('refuses regions that a covering box covers for the most part', () => {
    expect(isUnknown({}, [boxAt(520, 500)])).toBe(false);
    expect(isUnknown({}, [boxAt(540, 500)])).toBe(true);
    expect(isUnknown({}, [boxAt(900, 900), boxAt(500, 500, 300)])).toBe(false);
  });

  it('accepts regions of a base class with a low share of the heat', () => {
    expect(isUnknown(recognised('base', 0.29))).toBe(true);
    expect(isUnknown(recognised('base', 0.3))).toBe(false);
    expect(isUnknown({ ...recognised('base', 0.29), objectness: 0.1 })).toBe(false);
  });

  it('refuses regions of a learned class, whatever the share of the heat', () => {
    expect(isUnknown(recognised('learned', 0.01))).toBe(false);
  });

  it('refuses every base class by default', () => {
    expect(isUnknown(recognised('base', 0), [], candidateDefaults)).toBe(false);
  });
});

describe('coveringBoxes', () => {
  const boxesOf = (regions: readonly Region[], options = doubting) =>
    coveringBoxes(regions, size, options);

  it('returns the boxes of recognised objects', () => {
    expect(boxesOf([recognised('base', 1), unrecognised, recognised('learned', 0)])).toEqual([
      unrecognised.box,
      unrecognised.box,
    ]);
  });

  it('leaves out doubted base classes', () => {
    expect(boxesOf([recognised('base', 0.29)])).toEqual([]);
    expect(boxesOf([recognised('base', 0.29)], candidateDefaults)).toEqual([unrecognised.box]);
  });

  it('leaves out supports and very large boxes', () => {
    expect(boxesOf([recognised('base', 1, 'dining table')])).toEqual([]);
    const large = { ...recognised('base', 1), box: boxAt(500, 500, 1000, 501) };
    expect(boxesOf([large])).toEqual([]);
  });
});
