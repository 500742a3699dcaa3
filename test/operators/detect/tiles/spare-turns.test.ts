import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomCameras } from '../random-cameras.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('idle time of a detector that cameras share', () => {
  it('goes to tiles where no frame waits, within the bound of all frames', async () => {
    let tiles = 0;
    for (let seed = 0; seed < 12; seed++) {
      const cameras = new RandomCameras(seed, true);
      await cameras.run(400 * cameras.detectMs);
      const { count, detectMs, latenciesMs, begun, tilesBegun } = cameras;
      for (const waiting of tilesBegun) expect(waiting).toEqual([]);
      expect(Math.max(...latenciesMs)).toBeLessThanOrEqual((count + 1) * detectMs + 1);
      for (const { index, newest } of begun) expect(index).toBe(newest);
      tiles += tilesBegun.length;
    }
    expect(tiles).toBeGreaterThan(50);
  });
});
