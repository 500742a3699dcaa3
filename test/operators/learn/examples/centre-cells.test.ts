import { intersectionOverUnion } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { gridOf } from '../../../../operators/detect/engines/grid-of.ts';
import { centreCells, gaussianRadius } from '../../../../operators/learn/examples/centre-cells.ts';
import { fakeEngine } from '../fake-engine.ts';

const maps = gridOf(await fakeEngine().dense(new Uint8Array(0), 320));

describe('gaussianRadius', () => {
  it.each([
    [20, 20],
    [40, 10],
    [8, 30],
  ])('is how far the corners of a %d × %d box may move', (width, height) => {
    const r = gaussianRadius(width, height);
    const box = [0, 0, width, height] as const;
    const moved = [
      [r, r, width + r, height + r],
      [-r, -r, width + r, height + r],
      [r, r, width - r, height - r],
    ] as const;
    const overlaps = moved.map((other) => intersectionOverUnion(box, other));
    expect(Math.min(...overlaps)).toBeCloseTo(0.7, 6);
  });

  it('is at least half a cell', () => {
    expect(gaussianRadius(1, 1)).toBe(0.5);
  });
});

describe('centreCells', () => {
  it('gives targets that fall off with the distance from the centre, equally on all sides', () => {
    const { dense, denseTargets } = centreCells(maps, [100, 100, 180, 180]);
    expect([dense[0], dense[1], denseTargets[0]]).toEqual([35, 35, 1]);
    expect([...denseTargets]).toEqual([...denseTargets].sort((a, b) => b - a));
    expect(denseTargets[1]).toBe(denseTargets[4]);
    expect(denseTargets[1]).toBeLessThan(1);
  });

  it('takes more cells of a larger box, and at most 25', () => {
    const cells = (half: number) =>
      centreCells(maps, [160 - half, 160 - half, 160 + half, 160 + half]).denseTargets.length;
    expect(cells(2)).toBeLessThan(cells(60));
    expect(cells(60)).toBeLessThanOrEqual(25);
    expect(cells(160)).toBe(25);
  });

  it('counts columns and rows of a view that is no square', async () => {
    const canvas = { fit: 'stretch', anchor: 'centre', ground: 0 } as const;
    for (const [width, height] of [
      [640, 160],
      [160, 640],
    ] as const) {
      const view = { ...canvas, width, height };
      const long = gridOf(await fakeEngine().dense(new Uint8Array(0), view));
      const { dense, denseTargets } = centreCells(long, [width - 8, height - 8, width, height]);
      // The centre is in the last but one cell, whose latent holds its place.
      expect([dense[0], dense[1], denseTargets[0]]).toEqual([width / 4 - 1, height / 4 - 1, 1]);
      expect(centreCells(long, [width, 0, width + 8, 8]).denseTargets).toHaveLength(0);
      expect(centreCells(long, [0, height, 8, height + 8]).denseTargets).toHaveLength(0);
    }
  });

  it('stays inside the view', () => {
    const { dense } = centreCells(maps, [0, 0, 6, 6]);
    for (let i = 0; i < dense.length; i += 128) expect(dense[i]).toBeGreaterThanOrEqual(0);
    expect(centreCells(maps, [-100, 0, 20, 100]).denseTargets).toHaveLength(0);
    expect(centreCells(maps, [300, 0, 360, 100]).denseTargets).toHaveLength(0);
  });
});
