import type { Box } from '../../foundation/geometry/box.ts';
import { canvasOf, placeInView, type ViewOf } from '../../ingest/frames/view-size.ts';

/** A size in whole pixels. */
export interface TileSize {
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, in whole pixels of it. */
export interface Tile extends TileSize {
  readonly left: number;
  readonly top: number;
}

/** A picture that tiles are cut from. */
export interface TiledPicture extends ViewOf, TileSize {}

/** A picture has tiles where it has this many times as many pixels along a side as its view. */
const enlargementMin = 1.3;

/**
 * The tiles of a picture, each as large as the detector's canvas, so that it is filled by pixels of
 * the picture as they are. None where the picture is smaller than the canvas along a side, or
 * hardly larger than the view shows it.
 */
export function tilesOf(picture: TiledPicture): Tile[] {
  const { width, height, viewSize, sourceWidth, sourceHeight } = picture;
  const canvas = canvasOf(viewSize);
  if (width < canvas.width || height < canvas.height) return [];
  const shown = placeInView(viewSize, sourceWidth, sourceHeight);
  const enlargement = Math.max(width / shown.width, height / shown.height);
  return enlargement < enlargementMin ? [] : tileGrid(picture, canvas);
}

/** Least share of a tile that the next one shows again, so that no object is cut by both. */
const overlapMin = 0.25;

/** Tiles that cover a picture at least as large as they are, row by row, evenly spaced. */
function tileGrid(picture: TileSize, { width, height }: TileSize): Tile[] {
  const lefts = startsOf(picture.width, width);
  return startsOf(picture.height, height).flatMap((top) =>
    lefts.map((left) => ({ left, top, width, height })),
  );
}

function startsOf(length: number, tile: number): number[] {
  const steps = Math.ceil((length - tile) / (tile * (1 - overlapMin)));
  if (steps === 0) return [0];
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (length - tile)) / steps));
}

/** Copies a tile out of an RGB picture of some width into `out`, tile.width × tile.height × 3. */
export function cutTile(full: Uint8Array, width: number, tile: Tile, out: Uint8Array): void {
  const row = tile.width * 3;
  for (let y = 0; y < tile.height; y++) {
    const from = ((tile.top + y) * width + tile.left) * 3;
    out.set(full.subarray(from, from + row), y * row);
  }
}

/** Pixels of the picture from an edge of a tile within which a box counts as cut by it. */
const edge = 3;

/**
 * The part of a tile in which objects are whole, in source pixels: without the pixels beside those
 * edges that are no edges of the picture.
 */
export function wholeArea(tile: Tile, picture: Omit<TiledPicture, 'viewSize'>): Box {
  const [right, bottom] = [tile.left + tile.width, tile.top + tile.height];
  const across = picture.sourceWidth / picture.width;
  const down = picture.sourceHeight / picture.height;
  return [
    (tile.left > 0 ? tile.left + edge : 0) * across,
    (tile.top > 0 ? tile.top + edge : 0) * down,
    (right < picture.width ? right - edge : right) * across,
    (bottom < picture.height ? bottom - edge : bottom) * down,
  ];
}
