import { describe, expect, it } from 'vitest';
import { cutTile, tilesOf, wholeArea } from '../../../../operators/detect/tiles/tile-grid.ts';
import type { ViewCanvas } from '../../../../operators/ingest/frames/view-size.ts';

const picture = (width: number, height: number, viewSize: number | ViewCanvas) => ({
  ...{ width, height, viewSize },
  ...{ sourceWidth: width, sourceHeight: height },
});
const canvas = (width: number, height: number): ViewCanvas => ({
  ...{ width, height },
  fit: 'letterbox',
  anchor: 'corner',
  ground: 114,
});

describe('the tiles of a picture', () => {
  it.each([
    [1280, 720, 320],
    [768, 576, 320],
    [1281, 321, 320],
    [1920, 1080, canvas(672, 384)],
    [4096, 2160, 640],
  ])(
    'of %d × %d cover it, filled by the canvas, and overlap by a quarter',
    (width, height, view) => {
      const tiles = tilesOf(picture(width, height, view));
      const { width: across, height: down } = typeof view === 'number' ? canvas(view, view) : view;
      const rows = [...new Set(tiles.map(({ top }) => top))];
      const columns = [...new Set(tiles.map(({ left }) => left))];
      expect(tiles).toHaveLength(rows.length * columns.length);
      for (const tile of tiles) expect([tile.width, tile.height]).toEqual([across, down]);
      for (const [starts, side] of [
        [columns, across],
        [rows, down],
      ] as const) {
        expect(starts[0]).toBe(0);
        for (const [i, start] of starts.slice(1).entries()) {
          expect(start - starts[i]!).toBeLessThanOrEqual(side * 0.75 + 1);
        }
      }
      expect(Math.max(...columns) + across).toBe(width);
      expect(Math.max(...rows) + down).toBe(height);
    },
  );

  it('are none where the picture has hardly more pixels than its view, or fewer', () => {
    expect(tilesOf(picture(400, 400, 320))).toEqual([]);
    expect(tilesOf(picture(320, 320, 320))).toEqual([]);
    expect(tilesOf(picture(1280, 300, 320))).toEqual([]);
    // A letterbox of the picture's own shape shows it as large as it can.
    expect(tilesOf(picture(768, 432, canvas(640, 384)))).toEqual([]);
  });

  it('are cut out of its pixels', () => {
    const full = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => i);
    const out = new Uint8Array(2 * 2 * 3);
    cutTile(full, 5, { left: 1, top: 2, width: 2, height: 2 }, out);
    expect([...out]).toEqual([33, 34, 35, 36, 37, 38, 48, 49, 50, 51, 52, 53]);
  });

  it('show objects as a whole but at edges that are not those of the picture', () => {
    const tile = { left: 0, top: 100, width: 320, height: 320 };
    const sizes = { width: 640, height: 420, sourceWidth: 1280, sourceHeight: 840 };
    expect(wholeArea(tile, sizes)).toEqual([0, 206, 634, 840]);
  });
});
