import { expect, it } from 'vitest';
import { uncertaintyOf, worthOf } from '../../../operators/discover/worth.ts';

it('is the less certain the less base classes agree', () => {
  const account = { leader: 'bird', frames: 9, repeats: 0 };
  expect(uncertaintyOf({ ...account, agreement: 0.8, leaderScore: 0.5 })).toBeCloseTo(0.6);
  expect(uncertaintyOf({ ...account, agreement: 0, leaderScore: 0 })).toBe(1);
  expect(uncertaintyOf({ ...account, agreement: 1, leaderScore: 2 })).toBe(0);
});

it('is worth more where the object is novel, doubtful and seen often', () => {
  const worth = worthOf({ novelty: 0.5, uncertainty: 0.8, sightings: 1 });
  expect(worth).toBeCloseTo(0.4);
  expect(worthOf({ novelty: 0.5, uncertainty: 0.8, sightings: 3 })).toBeCloseTo(0.8);
  expect(worthOf({ novelty: 0.6, uncertainty: 0.8, sightings: 1 })).toBeGreaterThan(worth);
  expect(worthOf({ novelty: 0.5, uncertainty: 0.7, sightings: 1 })).toBeLessThan(worth);
});
