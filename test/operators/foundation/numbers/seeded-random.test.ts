import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

describe('seededRandom', () => {
  it('generates the same numbers for the same seed, and others for other seeds', () => {
    const numbers = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(1)).not.toEqual(numbers(2));
    expect(numbers(2 ** 40)).not.toEqual(numbers(0));
  });

  it('is uniform over 0 to 1', () => {
    const random = seededRandom(3);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) bins[Math.floor(random() * 10)]!++;
    expect(Math.min(...bins)).toBeGreaterThan(1850);
    expect(Math.max(...bins)).toBeLessThan(2150);
  });
});
