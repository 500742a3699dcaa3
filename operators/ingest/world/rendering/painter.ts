import type { Box } from '../../../foundation/geometry/box.ts';
import { solidAlpha, type Sprite, type SpriteLevel } from './sprite-cache.ts';

/** A picture being painted. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** RGB, row-major. */
  readonly rgb: Uint8Array;
  /** Number of the front-most object of each pixel, from 1; 0 for none. */
  readonly owners: Uint8Array;
}

/** Position, size and rotation of a sprite. */
export interface Placement {
  /** Centre, in pixels of the canvas. */
  readonly x: number;
  readonly y: number;
  /** Longer side of the sprite in pixels of the canvas. */
  readonly size: number;
  /** Radians, clockwise. */
  readonly angle: number;
  readonly mirrored: boolean;
}

/** The extent of a painted sprite. */
export interface Painted {
  /** Tight box of its solid pixels within the canvas; null without any. */
  readonly box: Box | null;
  /** Number of solid pixels within the canvas. */
  readonly solid: number;
}

/**
 * Paints a sprite, sampled bilinearly from the next larger level, and sets `owner` in its solid
 * pixels. `onCovered` is called with the former owner of each of these pixels that had one.
 */
export function paintSprite(
  canvas: Canvas,
  sprite: Sprite,
  placement: Placement,
  owner: number,
  onCovered: (formerOwner: number) => void,
): Painted {
  const { width, height, rgb, owners } = canvas;
  const scale = placement.size / Math.max(sprite.width, sprite.height);
  const level = levelFor(sprite, scale);
  const toLevel = level.width / sprite.width / scale;
  const cos = Math.cos(placement.angle) * toLevel;
  const sin = Math.sin(placement.angle) * toLevel;
  const flip = placement.mirrored ? -1 : 1;
  const reach = (Math.hypot(sprite.width, sprite.height) * scale) / 2 + 1;
  const left = Math.max(0, Math.floor(placement.x - reach));
  const right = Math.min(width, Math.ceil(placement.x + reach));
  const top = Math.max(0, Math.floor(placement.y - reach));
  const bottom = Math.min(height, Math.ceil(placement.y + reach));
  const stride = (level.width + 2) * 4;
  const texels = level.rgba;
  let [x0, y0, x1, y1, solid] = [width, height, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    const dy = y + 0.5 - placement.y;
    for (let x = left; x < right; x++) {
      const dx = x + 0.5 - placement.x;
      // Thanks to the transparent border, the neighbours need no bounds checks.
      const u = (dx * cos + dy * sin) * flip + level.width / 2 + 0.5;
      const v = dy * cos - dx * sin + level.height / 2 + 0.5;
      if (u < 0 || v < 0 || u >= level.width + 1 || v >= level.height + 1) continue;
      const column = u | 0;
      const row = v | 0;
      const fu = u - column;
      const fv = v - row;
      const at = row * stride + column * 4;
      const w11 = fu * fv;
      const w01 = fu - w11;
      const w10 = fv - w11;
      const w00 = 1 - fu - w10;
      const below = at + stride;
      const alpha =
        texels[at + 3]! * w00 +
        texels[at + 7]! * w01 +
        texels[below + 3]! * w10 +
        texels[below + 7]! * w11;
      if (alpha < 1) continue;
      const keep = 1 - alpha / 255;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const colour =
          texels[at + c]! * w00 +
          texels[at + 4 + c]! * w01 +
          texels[below + c]! * w10 +
          texels[below + 4 + c]! * w11;
        rgb[to + c] = Math.min(255, rgb[to + c]! * keep + colour + 0.5);
      }
      if (alpha < solidAlpha) continue;
      solid++;
      if (x < x0) x0 = x;
      if (x >= x1) x1 = x + 1;
      if (y < y0) y0 = y;
      y1 = y + 1;
      const pixel = y * width + x;
      if (owners[pixel] !== 0) onCovered(owners[pixel]!);
      owners[pixel] = owner;
    }
  }
  return { box: solid === 0 ? null : [x0, y0, x1, y1], solid };
}

/** The level at most twice as large as needed: a finer one would flicker, a coarser one blur. */
function levelFor(sprite: Sprite, scale: number): SpriteLevel {
  const wanted = Math.max(0, Math.floor(-Math.log2(scale)));
  return sprite.levels[Math.min(wanted, sprite.levels.length - 1)]!;
}

/** Darkens the floor below an object: a soft ellipse around (`x`, `y`). */
export function paintShadow(
  canvas: Canvas,
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  darkness: number,
): void {
  const { width, height, rgb } = canvas;
  const bottom = Math.min(height, Math.ceil(y + radiusY));
  const right = Math.min(width, Math.ceil(x + radiusX));
  for (let row = Math.max(0, Math.floor(y - radiusY)); row < bottom; row++) {
    const dy = (row + 0.5 - y) / radiusY;
    for (let column = Math.max(0, Math.floor(x - radiusX)); column < right; column++) {
      const dx = (column + 0.5 - x) / radiusX;
      const inside = 1 - dx * dx - dy * dy;
      if (inside <= 0) continue;
      const light = 1 - darkness * inside * inside;
      const at = (row * width + column) * 3;
      rgb[at] = rgb[at]! * light;
      rgb[at + 1] = rgb[at + 1]! * light;
      rgb[at + 2] = rgb[at + 2]! * light;
    }
  }
}
