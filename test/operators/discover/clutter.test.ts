import { describe, expect, it } from 'vitest';
import { ClutterMemory } from '../../../operators/discover/clutter.ts';
import { boxAt } from '../track/scene.ts';

const box = boxAt(500, 500);

describe('ClutterMemory', () => {
  it('lets a stationary object be sampled once, however often it is found again', () => {
    const clutter = new ClutterMemory();
    expect(clutter.maySample(box, 'c1', 0)).toBe(true);
    clutter.exclude(box, 'c1', 0);
    for (let nowMs = 100; nowMs < 900_000; nowMs += 50_000) {
      expect(clutter.maySample(boxAt(503, 497, 104), 'c1', nowMs)).toBe(false);
    }
    expect(clutter.size).toBe(1);
  });

  it('lets a bounded number of clusters be sampled at one place', () => {
    const clutter = new ClutterMemory({ clustersPerPlace: 2 });
    clutter.exclude(box, 'c1', 0);
    expect(clutter.maySample(box, 'c2', 100)).toBe(true);
    clutter.exclude(box, 'c2', 100);
    expect(clutter.maySample(box, 'c3', 200)).toBe(false);
  });

  it('treats an object that was stationary for too long as background', () => {
    const clutter = new ClutterMemory({ staticMs: 60_000 });
    expect(clutter.maySample(box, 'c1', 0)).toBe(true);
    expect(clutter.maySample(box, 'c1', 60_000)).toBe(true);
    expect(clutter.maySample(box, 'c1', 60_001)).toBe(false);
  });

  it('forgets old places, drops places above its bound and counts the dropped ones', () => {
    const clutter = new ClutterMemory({ placesMax: 3, forgetMs: 1000 });
    for (let i = 0; i < 5; i++) clutter.exclude(boxAt(200 * i, 0), 'c1', i);
    expect(clutter).toMatchObject({ size: 3, dropped: 2 });
    expect(clutter.maySample(boxAt(800, 0), 'c1', 10)).toBe(false);
    expect(clutter.maySample(boxAt(0, 900), 'c1', 2000)).toBe(true);
    expect(clutter.size).toBe(1);
    expect(clutter.maySample(boxAt(800, 0), 'c1', 2001)).toBe(true);
  });
});
