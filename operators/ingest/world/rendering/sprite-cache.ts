import { createRequire } from 'node:module';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { SourceError } from '../../source.ts';

/** One size of a sprite: RGBA with premultiplied alpha and a transparent border of one pixel. */
export interface SpriteLevel {
  /** Without the border. */
  readonly width: number;
  readonly height: number;
  /** `(width + 2) × (height + 2) × 4` bytes. */
  readonly rgba: Uint8Array;
}

/** A cut-out object, trimmed to its solid pixels, as a mipmap. */
export interface Sprite {
  readonly width: number;
  readonly height: number;
  /** Number of solid pixels in the first level. */
  readonly area: number;
  /** The first in full size, each further one half as large. */
  readonly levels: readonly SpriteLevel[];
  /** Memory of all levels. */
  readonly bytes: number;
}

/** Minimum alpha of a solid pixel, one that belongs to the object. */
export const solidAlpha = 128;
const smallestLevel = 16;

/** Loads sprites from the npm package `@lobehub/fluent-emoji-3d`; caches the `limit` last used. */
export class SpriteCache {
  readonly #limit: number;
  readonly #sprites = new Map<string, Promise<Sprite>>();

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /**
   * Path of an emoji's picture.
   *
   * @throws SourceError `not-found` if there is none.
   */
  path(emoji: string): string {
    const path = join(pictureFolder(), `${emoji}.webp`);
    if (existsSync(path)) return path;
    throw new SourceError(
      'not-found',
      emoji,
      `the simulated world has no picture for emoji ${emoji}`,
    );
  }

  /** The sprite of an emoji; the same promise for the same emoji while it is cached. */
  get(emoji: string): Promise<Sprite> {
    const sprite = this.#sprites.get(emoji) ?? loadSprite(this.path(emoji));
    // Inserting it again makes it the newest: a Map iterates in insertion order.
    this.#sprites.delete(emoji);
    this.#sprites.set(emoji, sprite);
    for (const oldest of this.#sprites.keys()) {
      if (this.#sprites.size <= this.#limit) break;
      this.#sprites.delete(oldest);
    }
    return sprite;
  }
}

/** Names of all available pictures: code points in hex, joined by "-". */
export function pictureNames(): string[] {
  const files = readdirSync(pictureFolder()).filter((file) => file.endsWith('.webp'));
  return files.map((file) => file.slice(0, -'.webp'.length));
}

function pictureFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('@lobehub/fluent-emoji-3d/package.json')), 'assets');
}

async function loadSprite(path: string): Promise<Sprite> {
  const { data, info } = await sharp(path)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const first = trimmed(data, info.width, info.height);
  const levels = [first.level];
  for (;;) {
    const last = levels.at(-1)!;
    if (Math.min(last.width, last.height) < smallestLevel * 2) break;
    levels.push(halved(last));
  }
  const bytes = levels.reduce((sum, level) => sum + level.rgba.length, 0);
  return { width: first.level.width, height: first.level.height, area: first.area, levels, bytes };
}

/** Crops a picture to the box of its solid pixels and premultiplies alpha. */
function trimmed(
  rgba: Uint8Array,
  width: number,
  height: number,
): { level: SpriteLevel; area: number } {
  let [x0, y0, x1, y1, area] = [width, height, 0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rgba[(y * width + x) * 4 + 3]! < solidAlpha) continue;
      area++;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x + 1);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y + 1);
    }
  }
  const [w, h] = [x1 - x0, y1 - y0];
  const out = new Uint8Array((w + 2) * (h + 2) * 4);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = ((y + y0) * width + x + x0) * 4;
      const to = ((y + 1) * (w + 2) + x + 1) * 4;
      const alpha = rgba[from + 3]!;
      for (let c = 0; c < 3; c++) out[to + c] = Math.round((rgba[from + c]! * alpha) / 255);
      out[to + 3] = alpha;
    }
  }
  return { level: { width: w, height: h, rgba: out }, area };
}

/** The level at half size: means of 2 × 2 pixels; an odd last row or column is dropped. */
function halved(level: SpriteLevel): SpriteLevel {
  const width = level.width >> 1;
  const height = level.height >> 1;
  const stride = (level.width + 2) * 4;
  const rgba = new Uint8Array((width + 2) * (height + 2) * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * 2 + 1) * stride + (x * 2 + 1) * 4;
      const to = ((y + 1) * (width + 2) + x + 1) * 4;
      for (let c = 0; c < 4; c++) {
        const upper = level.rgba[from + c]! + level.rgba[from + c + 4]!;
        const lower = level.rgba[from + stride + c]! + level.rgba[from + stride + c + 4]!;
        rgba[to + c] = (upper + lower + 2) >> 2;
      }
    }
  }
  return { width, height, rgba };
}
