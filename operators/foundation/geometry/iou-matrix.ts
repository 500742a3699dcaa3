import type { Box } from '../../ingest/frames/frame.ts';

/**
 * Intersection of two boxes over their union, 0..1; or over the area of the first alone, which
 * is how COCO measures a detection against a crowd. Boxes without area overlap nothing.
 */
export function overlap(first: Box, second: Box, over: 'union' | 'first' = 'union'): number {
  const width = Math.min(first[2], second[2]) - Math.max(first[0], second[0]);
  const height = Math.min(first[3], second[3]) - Math.max(first[1], second[1]);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  const firstArea = (first[2] - first[0]) * (first[3] - first[1]);
  if (over === 'first') return intersection / firstArea;
  const secondArea = (second[2] - second[0]) * (second[3] - second[1]);
  return intersection / (firstArea + secondArea - intersection);
}
