import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import {
  candidateDefaults,
  coveringBoxes,
  isSuspect,
  type CandidateRegion,
} from '../../../operators/discover/candidate.ts';
import { boxAt } from '../track/scene.ts';

const size = { sourceWidth: 1000, sourceHeight: 1000 };
const doubting = { ...candidateDefaults, doubtShare: 0.3 };
const nameless: CandidateRegion = { box: boxAt(500, 500), name: null, objectness: 0.5, baseShare: 1 };
const called = (by: 'base' | 'learned', baseShare: number, name = 'kite'): CandidateRegion => ({
  ...nameless,
  name: { class: name, score: 0.8, by },
  baseShare,
});

describe('a suspect', () => {
  const isOne = (place: Partial<CandidateRegion>, covering: readonly Box[] = [], options = doubting) =>
    isSuspect({ ...nameless, ...place }, size, covering, options);

  it('has no name, enough objectness, and a size between speck and wall', () => {
    expect(isOne({})).toBe(true);
    expect(isOne({ objectness: candidateDefaults.objectnessMin - 0.01 })).toBe(false);
    expect(isOne({ box: boxAt(500, 500, 22) })).toBe(false);
    expect(isOne({ box: boxAt(500, 500, 1000, 501) })).toBe(false);
  });

  it('lies in no box that covers it for the most part', () => {
    expect(isOne({}, [boxAt(520, 500)])).toBe(false);
    expect(isOne({}, [boxAt(540, 500)])).toBe(true);
    expect(isOne({}, [boxAt(900, 900), boxAt(500, 500, 300)])).toBe(false);
  });

  it('may have a base name where the base model is torn', () => {
    expect(isOne(called('base', 0.29))).toBe(true);
    expect(isOne(called('base', 0.3))).toBe(false);
    expect(isOne({ ...called('base', 0.29), objectness: 0.1 })).toBe(false);
  });

  it('never has a learned name, however torn the base model is', () => {
    expect(isOne(called('learned', 0.01))).toBe(false);
  });

  it('has no base name at all unless doubt is asked for', () => {
    expect(isOne(called('base', 0), [], candidateDefaults)).toBe(false);
  });
});

describe('covering boxes', () => {
  const boxesOf = (places: readonly CandidateRegion[], options = doubting) =>
    coveringBoxes(places, size, options);

  it('are those of named objects', () => {
    expect(boxesOf([called('base', 1), nameless, called('learned', 0)])).toEqual([
      nameless.box,
      nameless.box,
    ]);
  });

  it('are not those of names that are doubted', () => {
    expect(boxesOf([called('base', 0.29)])).toEqual([]);
    expect(boxesOf([called('base', 0.29)], candidateDefaults)).toEqual([nameless.box]);
  });

  it('are neither supports nor whole walls', () => {
    expect(boxesOf([called('base', 1, 'dining table')])).toEqual([]);
    const wall = { ...called('base', 1), box: boxAt(500, 500, 1000, 501) };
    expect(boxesOf([wall])).toEqual([]);
  });
});
