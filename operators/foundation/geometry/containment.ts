import type { Box } from '../../ingest/frames/frame.ts';

/** Square pixels of a box; 0 where it is empty. */
export function areaOf(box: Box): number {
  return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
}

/** Square pixels that both boxes cover. */
export function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Share of `inner` that `outer` covers, 0 to 1. */
export function containment(inner: Box, outer: Box): number {
  const shared = sharedArea(inner, outer);
  return shared === 0 ? 0 : shared / areaOf(inner);
}

/** The box grown on every side by `share` of its own width or height. */
export function grown(box: Box, share: number): Box {
  const x = (box[2] - box[0]) * share;
  const y = (box[3] - box[1]) * share;
  return [box[0] - x, box[1] - y, box[2] + x, box[3] + y];
}
