import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from './decode-bmp.ts';
import { fitWithin } from './fit-within.ts';

/** A decoded image as RGB: the picture, scaled to `maxSide`, and the detector's square view. */
export interface DecodedImage {
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly view: Uint8Array;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/**
 * Decodes a JPEG, PNG, WebP or BMP file, with its EXIF orientation applied and transparency on
 * black. Runs in sharp's threads; rejects when the file is broken.
 */
export async function decodeImage(
  path: string,
  maxSide: number,
  viewSize: number,
): Promise<DecodedImage> {
  const { image, sourceWidth, sourceHeight } = await openImage(await readFile(path));
  const { width, height } = fitWithin(sourceWidth, sourceHeight, maxSide);
  const rgb = image.flatten({ background: 'black' }).toColourspace('srgb');
  const full = await rgb.resize(width, height, { fit: 'fill' }).raw().toBuffer();
  const raw = { width, height, channels: 3 as const };
  const view = await sharp(full, { raw })
    .resize(viewSize, viewSize, { fit: 'fill' })
    .raw()
    .toBuffer();
  return { full, width, height, view, sourceWidth, sourceHeight };
}

interface OpenImage {
  readonly image: Sharp;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

async function openImage(bytes: Buffer): Promise<OpenImage> {
  if (bytes.toString('latin1', 0, 2) === 'BM') {
    const { rgb, width, height } = decodeBmp(bytes);
    const image = sharp(rgb, { raw: { width, height, channels: 3 } });
    return { image, sourceWidth: width, sourceHeight: height };
  }
  const image = sharp(bytes).autoOrient();
  const { width, height } = (await image.metadata()).autoOrient;
  return { image, sourceWidth: width, sourceHeight: height };
}
