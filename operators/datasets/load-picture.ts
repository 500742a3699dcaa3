import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from '../ingest/pictures/decode-bmp.ts';
import type { LabelledImage } from './dataset.ts';
import { reasonOf, DatasetError } from './dataset-error.ts';

/** The pixels of a picture, in the form of a `Frame`. */
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
  /** Longest side of `full` in pixels; larger pictures are scaled down. Default: no limit. */
  readonly sideMax?: number;
}

/**
 * Decodes a picture to RGB, with transparency on black, grey and CMYK converted. The EXIF
 * orientation is not applied, since boxes are in stored pixels. Rejects with a
 * {@link DatasetError}.
 *
 * Boxes are not rescaled: multiply them by `width / image.width` for `full`.
 */
export async function loadPicture(
  { path }: Pick<LabelledImage, 'path'>,
  { viewSize, sideMax }: LoadPictureOptions,
): Promise<LoadedPicture> {
  return withPicture(path, async (picture) => {
    const rgb = picture.toColourspace('srgb').flatten({ background: 'black' });
    const full = await toRgb(
      sideMax === undefined
        ? rgb
        : rgb.resize(sideMax, sideMax, { fit: 'inside', withoutEnlargement: true }),
    );
    const { data, width, height } = full;
    const raw = { width, height, channels: 3 as const };
    // Scaled from `full`, as in image folders, so that training and inference see the same pixels.
    const view = await toRgb(sharp(data, { raw }).resize(viewSize, viewSize, { fit: 'fill' }));
    return { full: data, width, height, view: view.data };
  });
}

/** The size of a picture as stored, from its header. Rejects with a {@link DatasetError}. */
export async function readPictureSize(path: string): Promise<{ width: number; height: number }> {
  return withPicture(path, async (picture) => {
    const { width, height } = await picture.metadata();
    return { width, height };
  });
}

async function withPicture<T>(path: string, read: (picture: Sharp) => Promise<T>): Promise<T> {
  try {
    return await read(await openPicture(path));
  } catch (cause) {
    throw new DatasetError('bad-picture', path, `expected a picture (${reasonOf(cause)})`, {
      cause,
    });
  }
}

/** Opens a picture, without its EXIF orientation; sharp itself does not read bitmaps. */
async function openPicture(path: string): Promise<Sharp> {
  if (extname(path).toLowerCase() !== '.bmp') return sharp(path);
  const { rgb, width, height } = decodeBmp(await readFile(path));
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

async function toRgb(picture: Sharp): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, info } = await picture
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${info.channels} channels`);
  return { data, width: info.width, height: info.height };
}
