import { expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../operators/foundation/numbers/shuffle.ts';

it('shuffling returns a reproducible permutation and leaves the items alone', () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  const shuffled = shuffle(items, seededRandom(1));
  expect(shuffled).not.toEqual(items);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  expect(shuffle(items, seededRandom(1))).toEqual(shuffled);
  expect(items[0]).toBe(0);
});

it('shuffling gives every item every place', () => {
  const random = seededRandom(2);
  const counts = new Array<number>(9).fill(0);
  for (let i = 0; i < 3000; i++) {
    shuffle([0, 1, 2], random).forEach((item, place) => counts[3 * item + place]!++);
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
