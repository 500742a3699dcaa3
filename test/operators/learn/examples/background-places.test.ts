import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { drawParts, drawPlaces } from '../../../../operators/learn/examples/background-places.ts';

const sizeOf = ([x0, y0, x1, y1]: Box) => Math.sqrt((x1 - x0) * (y1 - y0));

describe('random places', () => {
  it('lie within the picture in many sizes and shapes, and touch no excluded box', () => {
    const away: Box[] = [[0, 0, 160, 320]];
    const places = drawPlaces([0, 0, 320, 320], { count: 400, away, random: seededRandom(1) });
    expect(places).toHaveLength(400);
    for (const [x0, y0, x1, y1] of places) {
      expect(x0).toBeGreaterThanOrEqual(160);
      expect(y0).toBeGreaterThanOrEqual(0);
      expect(Math.max(x1, y1)).toBeLessThanOrEqual(320);
      expect((x1 - x0) / (y1 - y0)).toBeGreaterThanOrEqual(0.5 - 1e-9);
      expect((x1 - x0) / (y1 - y0)).toBeLessThanOrEqual(2 + 1e-9);
    }
    const sizes = places.map(sizeOf);
    expect(Math.min(...sizes)).toBeLessThan(10);
    expect(Math.max(...sizes)).toBeGreaterThan(80);
  });

  it('are fewer if there is no room', () => {
    const away: Box[] = [[0, 0, 320, 320]];
    expect(drawPlaces([0, 0, 320, 320], { count: 8, away, random: seededRandom(1) })).toEqual([]);
  });

  it('drawn as parts lie within an object and are smaller than it', () => {
    const whole: Box = [100, 50, 140, 170];
    const parts = drawParts(whole, { count: 100, away: [], random: seededRandom(1) });
    expect(parts).toHaveLength(100);
    for (const part of parts) {
      expect(part[0]).toBeGreaterThanOrEqual(100);
      expect(part[1]).toBeGreaterThanOrEqual(50);
      expect(part[2]).toBeLessThanOrEqual(140 + 1e-9);
      expect(part[3]).toBeLessThanOrEqual(170 + 1e-9);
      expect(sizeOf(part)).toBeLessThan(0.61 * sizeOf(whole));
    }
  });
});
