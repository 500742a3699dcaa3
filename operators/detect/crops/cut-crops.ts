import type { Box } from '../../foundation/geometry/box.ts';
import { freeBuffer } from '../../foundation/threads/free-buffer.ts';
import { cutCrop, type CropOptions } from './crop.ts';

/** A picture to crop, and the size of the source picture to which boxes refer. */
export interface CropSource {
  /** RGB, width × height × 3. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** The arguments of `Engine.embedCrops`. */
export interface CropBatch {
  /** RGB, count × size × size × 3. */
  readonly pixels: Uint8Array;
  /** count × 2. */
  readonly logSizes: Float32Array;
  readonly count: number;
}

/**
 * Crops a picture around boxes, which are in source pixels, to squares of `size` pixels, which is
 * the encoder's `cropSize`; see `cutCrop`.
 *
 * @example
 * import { cutCrops, Learner, type Box, type Frame } from 'lifelens';
 *
 * const learner = await Learner.start();
 * async function embed(frame: Frame, box: Box): Promise<Float32Array> {
 *   const { pixels, logSizes, count } = cutCrops(frame, [{ box }], learner.cropSize);
 *   return learner.embedCrops(pixels, logSizes, count);
 * }
 */
export function cutCrops(
  { full, width, height, sourceWidth, sourceHeight }: CropSource,
  places: readonly { readonly box: Box; readonly crop?: CropOptions }[],
  size: number,
): CropBatch {
  const across = width / sourceWidth;
  const down = height / sourceHeight;
  const count = places.length;
  const pixels = new Uint8Array(count * size * size * 3);
  const logSizes = new Float32Array(count * 2);
  for (const [i, { box, crop }] of places.entries()) {
    const [x0, y0, x1, y1] = box;
    const inFull: Box = [x0 * across, y0 * down, x1 * across, y1 * down];
    const cut = cutCrop(full, width, height, inFull, crop, size);
    pixels.set(cut.pixels, i * size * size * 3);
    logSizes.set(cut.logSizes, 2 * i);
    freeBuffer(cut.pixels);
  }
  return { pixels, logSizes, count };
}
