import type { FrameSlot } from '../frames/frame-pool.ts';

/**
 * The byte layout of one frame in ffmpeg's output: the full picture and, below it, the detector's
 * square view, both padded on the right to the same width. One pipe thus carries both in step, and
 * this process scales neither.
 */
export interface PackedLayout {
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly viewSize: number;
  readonly canvasWidth: number;
  /** Size of one frame. */
  readonly bytes: number;
}

/** The {@link PackedLayout} for pictures of these sizes in pixels. */
export function packedLayout(
  fullWidth: number,
  fullHeight: number,
  viewSize: number,
): PackedLayout {
  const canvasWidth = Math.max(fullWidth, viewSize);
  const bytes = canvasWidth * (fullHeight + viewSize) * 3;
  return { fullWidth, fullHeight, viewSize, canvasWidth, bytes };
}

/**
 * Copies `chunk[from..to)`, which starts at byte `offset` of a packed frame, into the slot's two
 * pictures, without the padding.
 */
export function unpack(
  layout: PackedLayout,
  chunk: Uint8Array,
  from: number,
  to: number,
  offset: number,
  slot: FrameSlot,
): void {
  const stride = layout.canvasWidth * 3;
  const viewStart = layout.fullHeight * stride;
  const split = Math.min(to, Math.max(from, from + viewStart - offset));
  copyRows(chunk, from, split, offset, stride, layout.fullWidth * 3, slot.full);
  const viewOffset = offset + (split - from) - viewStart;
  copyRows(chunk, split, to, viewOffset, stride, layout.viewSize * 3, slot.view);
}

/** Copies the first `rowBytes` of each `stride` bytes; `chunk[from]` is at byte `offset`. */
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
    if (to > from) target.set(chunk.subarray(from, to), offset);
    return;
  }
  let at = from;
  while (at < to) {
    const row = Math.floor((offset + at - from) / stride);
    const column = (offset + at - from) % stride;
    const rowEnd = Math.min(to, at + stride - column);
    const pixelsEnd = Math.min(rowEnd, at + rowBytes - column);
    if (pixelsEnd > at) target.set(chunk.subarray(at, pixelsEnd), row * rowBytes + column);
    at = rowEnd;
  }
}
