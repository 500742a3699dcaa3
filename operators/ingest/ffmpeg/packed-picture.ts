import type { FrameSlot } from '../frames/frame-pool.ts';
import { canvasOf, type ViewSize } from '../frames/view-size.ts';
import type { PictureInfo } from './picture-log.ts';

/**
 * The byte layout of one frame in ffmpeg's output: the full picture and, below it, the detector's
 * view, both padded on the right to the same width. One pipe thus carries both in step, and
 * this process scales neither.
 *
 * The layout is the same for all frames of one ffmpeg. A picture of another shape, after a change
 * in mid-stream, is fitted into the area of the full picture, at its top left.
 */
export interface PackedLayout {
  /** Size of the area of the full picture. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly viewSize: ViewSize;
  /** Width of both, in pixels. */
  readonly canvasWidth: number;
  /** Size of one frame. */
  readonly bytes: number;
}

/** A size in whole pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** The {@link PackedLayout} for pictures of these sizes in pixels. */
export function packedLayout(
  fullWidth: number,
  fullHeight: number,
  viewSize: ViewSize,
): PackedLayout {
  const view = canvasOf(viewSize);
  const canvasWidth = Math.max(fullWidth, view.width);
  const bytes = canvasWidth * (fullHeight + view.height) * 3;
  return { fullWidth, fullHeight, viewSize, canvasWidth, bytes };
}

/** Rounding to whole pixels may round up to the edge of the area, not beyond it. */
const rounding = 0.49;

/**
 * Width and height of the picture within the area, as expressions of ffmpeg's `scale` filter;
 * {@link sizeInArea} computes the same.
 */
export function sizeInAreaExpressions({ fullWidth, fullHeight }: PackedLayout): PixelTexts {
  const factor = `min(1,min(${fullWidth + rounding}/(iw*sar),${fullHeight + rounding}/ih))`;
  return {
    width: `max(1,round(iw*sar*${factor}))`,
    height: `max(1,round(ih*${factor}))`,
  };
}

export interface PixelTexts {
  readonly width: string;
  readonly height: string;
}

/** Size of a picture within the area: scaled down, never up, with square pixels. */
export function sizeInArea(
  picture: PictureInfo,
  { fullWidth, fullHeight }: PackedLayout,
): PixelSize {
  const { storedWidth, storedHeight, pixelAspect } = picture;
  const squareWidth = storedWidth * pixelAspect;
  const factor = Math.min(
    1,
    (fullWidth + rounding) / squareWidth,
    (fullHeight + rounding) / storedHeight,
  );
  return {
    width: Math.max(1, Math.round(squareWidth * factor)),
    height: Math.max(1, Math.round(storedHeight * factor)),
  };
}

/** Size of the upright picture with square pixels. */
export function uprightSize(picture: PictureInfo): PixelSize {
  const width = Math.max(1, Math.round(picture.storedWidth * picture.pixelAspect));
  return { width, height: picture.storedHeight };
}

/**
 * Copies `chunk[from..to)`, which starts at byte `offset` of a packed frame, into the slot's two
 * pictures, without the padding. The full picture is `width` pixels wide.
 */
export function unpack(
  layout: PackedLayout,
  width: number,
  chunk: Uint8Array,
  from: number,
  to: number,
  offset: number,
  slot: FrameSlot,
): void {
  const stride = layout.canvasWidth * 3;
  const viewStart = layout.fullHeight * stride;
  const split = Math.min(to, Math.max(from, from + viewStart - offset));
  copyRows(chunk, from, split, offset, stride, width * 3, slot.full);
  const viewOffset = offset + (split - from) - viewStart;
  const viewRow = canvasOf(layout.viewSize).width * 3;
  copyRows(chunk, split, to, viewOffset, stride, viewRow, slot.view);
}

/**
 * Copies the first `rowBytes` of each `stride` bytes, up to the end of `target`; `chunk[from]` is
 * at byte `offset`.
 */
function copyRows(
  chunk: Uint8Array,
  from: number,
  to: number,
  offset: number,
  stride: number,
  rowBytes: number,
  target: Uint8Array,
): void {
  if (stride === rowBytes) {
    const end = Math.min(to, from + target.length - offset);
    if (end > from) target.set(chunk.subarray(from, end), offset);
    return;
  }
  let at = from;
  while (at < to) {
    const row = Math.floor((offset + at - from) / stride);
    if (row * rowBytes >= target.length) return;
    const column = (offset + at - from) % stride;
    const rowEnd = Math.min(to, at + stride - column);
    const pixelsEnd = Math.min(rowEnd, at + rowBytes - column);
    if (pixelsEnd > at) target.set(chunk.subarray(at, pixelsEnd), row * rowBytes + column);
    at = rowEnd;
  }
}
