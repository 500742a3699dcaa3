import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomCameras } from '../random-cameras.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const seeds = Array.from({ length: 20 }, (_, seed) => seed);

describe('idle time of a detector that cameras share', () => {
  it.each(seeds)('goes to tiles only where no frame waits for it: seed %i', async (seed) => {
    const cameras = new RandomCameras(seed, true);
    await cameras.run(300 * cameras.detectMs);
    for (const waiting of cameras.tilesBegun) expect(waiting).toEqual([]);
  });

  it.each(seeds)('leaves the bound of all frames as it is: seed %i', async (seed) => {
    const cameras = new RandomCameras(seed, true);
    await cameras.run(300 * cameras.detectMs);
    const { count, detectMs, latenciesMs, begun } = cameras;
    expect(Math.max(...latenciesMs)).toBeLessThanOrEqual((count + 1) * detectMs + 1);
    for (const { index, newest } of begun) expect(index).toBe(newest);
  });

  it('is used where there is some', async () => {
    let tiles = 0;
    for (const seed of seeds) {
      const cameras = new RandomCameras(seed, true);
      await cameras.run(100 * cameras.detectMs);
      tiles += cameras.tilesBegun.length;
    }
    expect(tiles).toBeGreaterThan(20);
  });
});
