import sharp, { type Sharp } from 'sharp';
import type { LabelledImage } from './labelled-set.ts';
import { openPicture } from './open-picture.ts';
import { SetError } from './set-error.ts';

/** A labelled picture's pixels, as a Frame has them. */
export interface LoadedPicture {
  /** RGB, row-major, `width × height × 3` bytes. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** RGB, row-major, `viewSize × viewSize × 3` bytes: the picture stretched to the square. */
  readonly view: Uint8Array;
}

export interface LoadPictureOptions {
  /** Side of the square view in pixels. */
  readonly viewSize: number;
  /** Longest side of `full` in pixels; larger pictures are scaled down. Default: as stored. */
  readonly sideMax?: number;
}

/**
 * Decodes a picture to RGB: transparency on black, grey and CMYK converted, EXIF orientation
 * not applied, as boxes are in stored pixels. Rejects with a {@link SetError}.
 *
 * Boxes stay in pixels of the stored picture: multiply by `width / image.width` for `full`.
 */
export async function loadPicture(
  { path }: Pick<LabelledImage, 'path'>,
  { viewSize, sideMax }: LoadPictureOptions,
): Promise<LoadedPicture> {
  try {
    const picture = await openPicture(path);
    const rgb = picture.toColourspace('srgb').flatten({ background: 'black' });
    const full = await toRgb(
      sideMax === undefined
        ? rgb
        : rgb.resize(sideMax, sideMax, { fit: 'inside', withoutEnlargement: true }),
    );
    const { data, width, height } = full;
    const raw = { width, height, channels: 3 as const };
    // From `full`, as image folders do it: what is taught must look like what is seen.
    const view = await toRgb(sharp(data, { raw }).resize(viewSize, viewSize, { fit: 'fill' }));
    return { full: data, width, height, view: view.data };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new SetError('bad-picture', path, `expected a picture (${why})`, { cause });
  }
}

async function toRgb(picture: Sharp): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, info } = await picture
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${info.channels} channels`);
  return { data, width: info.width, height: info.height };
}
