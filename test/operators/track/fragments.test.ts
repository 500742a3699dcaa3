import { describe, expect, it } from 'vitest';
import { areFragments, type FragmentCandidate } from '../../../operators/track/fragments.ts';
import { boxAt } from './scene.ts';

const nameless = (objectness: number, box = boxAt(500, 500)): FragmentCandidate => ({
  box,
  objectness,
  name: null,
});
const named = (by: 'base' | 'learned', place: FragmentCandidate): FragmentCandidate => ({
  ...place,
  name: { class: 'thing', score: 0.8, by },
});
const isFragment = (place: FragmentCandidate, of: FragmentCandidate): boolean => areFragments([of, place])[1]!;

describe('a fragment', () => {
  const whole = nameless(0.5);

  it('lies in a stronger nameless place for half of its box at least', () => {
    expect(isFragment(nameless(0.4, boxAt(520, 500, 50)), whole)).toBe(true);
    expect(isFragment(nameless(0.4, boxAt(549, 500, 50)), whole)).toBe(true);
    expect(isFragment(nameless(0.4, boxAt(552, 500, 50)), whole)).toBe(false);
  });

  it('is the weaker of two', () => {
    const part = boxAt(520, 500, 50);
    expect(isFragment(nameless(0.5, part), whole)).toBe(false);
    expect(areFragments([whole, nameless(0.6, part)])).toEqual([false, false]);
  });

  it('may be a thing of its own where it is small on something nameless, not where it is small on a learned thing', () => {
    const small = nameless(0.4, boxAt(500, 500, 19));
    expect(isFragment(small, whole)).toBe(false);
    expect(isFragment(nameless(0.4, boxAt(500, 500, 21)), whole)).toBe(true);
    expect(isFragment(small, named('learned', whole))).toBe(true);
  });

  it('is nameless, and not judged inside what the base model names', () => {
    const part = nameless(0.4, boxAt(520, 500, 50));
    expect(isFragment(named('learned', part), whole)).toBe(false);
    expect(isFragment(part, named('base', whole))).toBe(false);
  });

  it('is a blur round something clearly stronger, whatever that is called', () => {
    const around = boxAt(510, 510, 150);
    for (const core of [whole, named('learned', whole), named('base', whole)]) {
      expect(isFragment(nameless(0.39, around), core)).toBe(true);
      expect(isFragment(nameless(0.41, around), core)).toBe(false);
      expect(isFragment(nameless(0.39, boxAt(500, 500, 185)), core)).toBe(false);
    }
  });
});
