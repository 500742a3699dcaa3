import type { Box } from '../../foundation/geometry/box.ts';

/** A canvas of a detector's input onto which a picture is laid. */
export interface ViewCanvas {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** `stretch`: the picture fills the canvas. `letterbox`: it keeps its shape. */
  readonly fit: 'stretch' | 'letterbox';
  /** Where a letterboxed picture lies: in the middle, or at the top left. */
  readonly anchor: 'centre' | 'corner';
  /** Grey of what a letterboxed picture leaves free, 0 to 255. */
  readonly ground: number;
}

/** How views are made: the side of a square to which pictures are stretched, or a canvas. */
export type ViewSize = number | ViewCanvas;

/** A picture's place in a view, in whole pixels. */
export interface ViewPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A view of a picture of some size, which is the coordinate system of boxes. */
export interface ViewOf {
  readonly viewSize: ViewSize;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** The canvas of a view. */
export function canvasOf(size: ViewSize): ViewCanvas {
  if (typeof size !== 'number') return size;
  return { width: size, height: size, fit: 'stretch', anchor: 'corner', ground: 0 };
}

/** Bytes of a view as RGB. */
export function viewBytes(size: ViewSize): number {
  const { width, height } = canvasOf(size);
  return width * height * 3;
}

/** Whether two views are made in the same way. */
export function isSameView(a: ViewSize, b: ViewSize): boolean {
  const [one, other] = [canvasOf(a), canvasOf(b)];
  const isSameCanvas = one.width === other.width && one.height === other.height;
  if (!isSameCanvas || one.fit !== other.fit) return false;
  return one.fit === 'stretch' || (one.anchor === other.anchor && one.ground === other.ground);
}

/** A view in words: `320 × 320` or `416 × 416, letterboxed`. */
export function describeView(size: ViewSize): string {
  const { width, height, fit } = canvasOf(size);
  return fit === 'stretch' ? `${width} × ${height}` : `${width} × ${height}, letterboxed`;
}

/** Where a picture lies in its view. */
export function placeInView(size: ViewSize, sourceWidth: number, sourceHeight: number): ViewPlace {
  const { width, height, fit, anchor } = canvasOf(size);
  if (fit === 'stretch') return { left: 0, top: 0, width, height };
  const factor = Math.min(width / sourceWidth, height / sourceHeight);
  const inner = {
    width: Math.min(width, Math.max(1, Math.round(sourceWidth * factor))),
    height: Math.min(height, Math.max(1, Math.round(sourceHeight * factor))),
  };
  if (anchor === 'corner') return { left: 0, top: 0, ...inner };
  const left = Math.floor((width - inner.width) / 2);
  return { left, top: Math.floor((height - inner.height) / 2), ...inner };
}

/** Maps a box from the picture to its view. */
export function boxToView([x0, y0, x1, y1]: Box, view: ViewOf): Box {
  const { viewSize, sourceWidth, sourceHeight } = view;
  const { left, top, width, height } = placeInView(viewSize, sourceWidth, sourceHeight);
  const across = width / sourceWidth;
  const down = height / sourceHeight;
  return [left + x0 * across, top + y0 * down, left + x1 * across, top + y1 * down];
}

/** Maps a box from the view to the picture; it may exceed the picture. */
export function boxToSource([x0, y0, x1, y1]: Box, view: ViewOf): Box {
  const { viewSize, sourceWidth, sourceHeight } = view;
  const { left, top, width, height } = placeInView(viewSize, sourceWidth, sourceHeight);
  const across = sourceWidth / width;
  const down = sourceHeight / height;
  return [(x0 - left) * across, (y0 - top) * down, (x1 - left) * across, (y1 - top) * down];
}
