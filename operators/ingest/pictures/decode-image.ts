import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp, isBitmap } from './decode-bmp.ts';
import { fitWithin } from './fit-within.ts';

/** A decoded image as RGB: the picture, scaled to `maxSide`, and the detector's square view. */
export interface DecodedImage {
  /** Row-major, `width × height × 3` bytes. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Row-major, `viewSize × viewSize × 3` bytes: `full` stretched to the square. */
  readonly view: Uint8Array;
  /** Size before scaling, in upright pixels. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** The ground of transparent pixels, as far from black objects as from white ones. */
const ground = { r: 128, g: 128, b: 128 };

/**
 * Decodes a JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF picture, a file or its bytes: upright, by its
 * EXIF orientation, with transparency on mid grey, and grey, CMYK and 16 bits converted. Only the
 * first page or frame of several is read. Runs in sharp's threads; rejects when it is broken.
 */
export async function decodeImage(
  picture: string | Uint8Array,
  maxSide: number,
  viewSize: number,
): Promise<DecodedImage> {
  const bytes = typeof picture === 'string' ? await readFile(picture) : picture;
  const { image, sourceWidth, sourceHeight } = await openImage(bytes);
  const { width, height } = fitWithin(sourceWidth, sourceHeight, maxSide);
  const rgb = image.flatten({ background: ground }).toColourspace('srgb');
  const full = await toRgb(rgb.resize(width, height, { fit: 'fill' }));
  const raw = { width, height, channels: 3 as const };
  const view = await toRgb(sharp(full, { raw }).resize(viewSize, viewSize, { fit: 'fill' }));
  return { full, width, height, view, sourceWidth, sourceHeight };
}

interface OpenImage {
  readonly image: Sharp;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

async function openImage(bytes: Uint8Array): Promise<OpenImage> {
  if (isBitmap(bytes)) {
    const { rgb, width, height } = decodeBmp(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
    const image = sharp(rgb, { raw: { width, height, channels: 3 } });
    return { image, sourceWidth: width, sourceHeight: height };
  }
  const image = sharp(bytes).autoOrient();
  const { width, height } = (await image.metadata()).autoOrient;
  return { image, sourceWidth: width, sourceHeight: height };
}

async function toRgb(picture: Sharp): Promise<Uint8Array> {
  const { data, info } = await picture
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`expected 3 channels, found ${info.channels}`);
  return data;
}
