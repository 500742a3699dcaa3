/** Default for the longest side of a frame's `full` picture, in pixels. */
export const defaultMaxSide = 1280;

/** The size in whole pixels, scaled down, never up, to at most `maxSide` on its longer side. */
export function fitWithin(
  width: number,
  height: number,
  maxSide: number,
): { width: number; height: number } {
  const factor = Math.min(1, maxSide / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}
