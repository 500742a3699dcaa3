import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from './decode-bmp.ts';
import { viewOf, type ViewPlan } from '../frames/view-plan.ts';
import { canvasOf, placeInView, type ViewSize } from '../frames/view-size.ts';
import { fitWithin } from './fit-within.ts';
import { pictureEndings, pictureKindOf } from './picture-kind.ts';

/** A decoded image as RGB: the picture, scaled to `maxSide`, and the detector's view. */
export interface DecodedImage {
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly view: Uint8Array;
  readonly viewSize: ViewSize;
  /** Size of the upright picture, before it was scaled. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

export interface DecodeImageOptions {
  /**
   * Whether a picture may break rules that leave it readable, such as bytes between its parts.
   * Default false.
   */
  readonly lenient?: boolean;
}

/** Most pixels of a picture. Larger ones are refused by their header, before memory is taken. */
export const picturePixelsMax = 2 ** 27;

/** What transparent pixels are blended over: neither dark nor bright, and of no colour. */
const ground = { r: 128, g: 128, b: 128 };

/**
 * Decodes a picture, from a file or from its bytes: JPEG, PNG, WebP, AVIF, TIFF, BMP or the
 * first frame of a GIF, of any depth and colour space. Its EXIF orientation is applied, and
 * transparency blended over mid grey.
 *
 * Runs in sharp's threads. Rejects when the picture is broken, is none of these, or has more than
 * {@link picturePixelsMax} pixels.
 */
export async function decodeImage(
  picture: string | Uint8Array,
  maxSide: number,
  plan: ViewPlan,
  options: DecodeImageOptions = {},
): Promise<DecodedImage> {
  const bytes = typeof picture === 'string' ? await readFile(picture) : picture;
  const { image, sourceWidth, sourceHeight } = await openImage(asBuffer(bytes), options);
  const { width, height } = fitWithin(sourceWidth, sourceHeight, maxSide);
  const rgb = image.flatten({ background: ground }).toColourspace('srgb');
  const full = await rgb.resize(width, height, { fit: 'fill' }).raw().toBuffer();
  if (full.length !== width * height * 3) {
    throw new RangeError(`expected ${width} × ${height} × 3 bytes of RGB, got ${full.length}`);
  }
  const raw = { width, height, channels: 3 as const };
  const viewSize = viewOf(plan, sourceWidth, sourceHeight);
  const view = await layOut(sharp(full, { raw }), viewSize, sourceWidth, sourceHeight);
  return { full, width, height, view, viewSize, sourceWidth, sourceHeight };
}

function layOut(
  image: Sharp,
  size: ViewSize,
  sourceWidth: number,
  sourceHeight: number,
): Promise<Buffer> {
  const canvas = canvasOf(size);
  const { left, top, width, height } = placeInView(size, sourceWidth, sourceHeight);
  const right = canvas.width - left - width;
  const bottom = canvas.height - top - height;
  const background = { r: canvas.ground, g: canvas.ground, b: canvas.ground };
  const placed = image.resize(width, height, { fit: 'fill' });
  const isFilled = right === 0 && bottom === 0 && left === 0 && top === 0;
  return (isFilled ? placed : placed.extend({ left, top, right, bottom, background }))
    .raw()
    .toBuffer();
}

interface OpenImage {
  readonly image: Sharp;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

async function openImage(
  bytes: Buffer,
  { lenient = false }: DecodeImageOptions,
): Promise<OpenImage> {
  const kind = pictureKindOf(bytes);
  if (kind === null) throw new RangeError(`it is no ${pictureEndings} picture`);
  if (kind === 'bmp') {
    const { rgb, width, height } = decodeBmp(bytes);
    const image = sharp(rgb, { raw: { width, height, channels: 3 } });
    return { image, sourceWidth: width, sourceHeight: height };
  }
  const image = sharp(bytes, {
    limitInputPixels: picturePixelsMax,
    failOn: lenient ? 'error' : 'warning',
  }).autoOrient();
  const { width, height } = (await image.metadata()).autoOrient;
  return { image, sourceWidth: width, sourceHeight: height };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
