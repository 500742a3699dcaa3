import { describe, expect, it } from 'vitest';
import { ClutterMemory } from '../../../operators/discover/clutter.ts';
import { boxAt } from '../track/scene.ts';

const box = boxAt(500, 500);

describe('ClutterMemory', () => {
  it('lets a thing at rest be offered once, however often it comes back', () => {
    const clutter = new ClutterMemory();
    expect(clutter.isNews(box, 'c1', 0)).toBe(true);
    clutter.offered(box, 'c1', 0);
    for (let nowMs = 100; nowMs < 900_000; nowMs += 50_000) {
      expect(clutter.isNews(boxAt(503, 497, 104), 'c1', nowMs)).toBe(false);
    }
    expect(clutter.size).toBe(1);
  });

  it('lets a thing of another look be offered at the same place, a bounded number of times', () => {
    const clutter = new ClutterMemory({ looksPerPlace: 2 });
    clutter.offered(box, 'c1', 0);
    expect(clutter.isNews(box, 'c2', 100)).toBe(true);
    clutter.offered(box, 'c2', 100);
    expect(clutter.isNews(box, 'c3', 200)).toBe(false);
  });

  it('takes for background what rested unoffered for too long', () => {
    const clutter = new ClutterMemory({ staticMs: 60_000 });
    expect(clutter.isNews(box, 'c1', 0)).toBe(true);
    expect(clutter.isNews(box, 'c1', 60_000)).toBe(true);
    expect(clutter.isNews(box, 'c1', 60_001)).toBe(false);
  });

  it('forgets places in time and above its bound, and counts the latter', () => {
    const clutter = new ClutterMemory({ placesMax: 3, forgetMs: 1000 });
    for (let i = 0; i < 5; i++) clutter.offered(boxAt(200 * i, 0), 'c1', i);
    expect(clutter).toMatchObject({ size: 3, dropped: 2 });
    expect(clutter.isNews(boxAt(800, 0), 'c1', 10)).toBe(false);
    expect(clutter.isNews(boxAt(0, 900), 'c1', 2000)).toBe(true);
    expect(clutter.size).toBe(1);
    expect(clutter.isNews(boxAt(800, 0), 'c1', 2001)).toBe(true);
  });
});
