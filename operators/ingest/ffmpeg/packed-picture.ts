import type { FrameSlot } from '../frames/frame-pool.ts';

/**
 * How one picture lies in a pipe's bytes: the full picture and, below it, the detector's
 * square view, both padded at the right to the same width. One pipe then carries both in
 * step, and neither needs scaling in this process.
 */
export interface PackedLayout {
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly viewSize: number;
  readonly canvasWidth: number;
  readonly bytes: number;
}

/** The layout of a picture; see {@link PackedLayout}. */
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
 * Copies a piece of a packed picture, `chunk[from..to)`, that lies at `offset` of the
 * picture's bytes, to where it belongs in the slot; padding is skipped.
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
  const seam = layout.fullHeight * stride;
  const split = Math.min(to, Math.max(from, from + seam - offset));
  copyRows(chunk, from, split, offset, stride, layout.fullWidth * 3, slot.full);
  const viewOffset = offset + (split - from) - seam;
  copyRows(chunk, split, to, viewOffset, stride, layout.viewSize * 3, slot.view);
}

/** `offset` is where `chunk[from]` lies in rows of `stride` bytes, of which the first `rowBytes` are wanted. */
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
    const wantedEnd = Math.min(rowEnd, at + rowBytes - column);
    if (wantedEnd > at) target.set(chunk.subarray(at, wantedEnd), row * rowBytes + column);
    at = rowEnd;
  }
}
