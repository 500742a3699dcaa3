import { describe, expect, it } from 'vitest';
import { areFragments, type FragmentCandidate } from '../../../operators/track/fragments.ts';
import { boxAt } from './scene.ts';

const unrecognised = (objectness: number, box = boxAt(500, 500)): FragmentCandidate => ({
  box,
  objectness,
  recognition: null,
});
const recognised = (by: 'base' | 'learned', region: FragmentCandidate): FragmentCandidate => ({
  ...region,
  recognition: { class: 'thing', score: 0.8, by },
});
const isFragment = (region: FragmentCandidate, of: FragmentCandidate): boolean =>
  areFragments([of, region])[1]!;

describe('a fragment', () => {
  const whole = unrecognised(0.5);

  it('has at least half of its box inside a stronger unrecognised region', () => {
    expect(isFragment(unrecognised(0.4, boxAt(520, 500, 50)), whole)).toBe(true);
    expect(isFragment(unrecognised(0.4, boxAt(549, 500, 50)), whole)).toBe(true);
    expect(isFragment(unrecognised(0.4, boxAt(552, 500, 50)), whole)).toBe(false);
  });

  it('is the weaker of two regions', () => {
    const part = boxAt(520, 500, 50);
    expect(isFragment(unrecognised(0.5, part), whole)).toBe(false);
    expect(areFragments([whole, unrecognised(0.6, part)])).toEqual([false, false]);
  });

  it('is not a small region on an unrecognised object, unlike one on a learned object', () => {
    const small = unrecognised(0.4, boxAt(500, 500, 19));
    expect(isFragment(small, whole)).toBe(false);
    expect(isFragment(unrecognised(0.4, boxAt(500, 500, 21)), whole)).toBe(true);
    expect(isFragment(small, recognised('learned', whole))).toBe(true);
  });

  it('is unrecognised and not inside an object of a base class', () => {
    const part = unrecognised(0.4, boxAt(520, 500, 50));
    expect(isFragment(recognised('learned', part), whole)).toBe(false);
    expect(isFragment(part, recognised('base', whole))).toBe(false);
  });

  it('may be a blur around a clearly stronger object, recognised or not', () => {
    const around = boxAt(510, 510, 150);
    for (const core of [whole, recognised('learned', whole), recognised('base', whole)]) {
      expect(isFragment(unrecognised(0.39, around), core)).toBe(true);
      expect(isFragment(unrecognised(0.41, around), core)).toBe(false);
      expect(isFragment(unrecognised(0.39, boxAt(500, 500, 185)), core)).toBe(false);
    }
  });
});
