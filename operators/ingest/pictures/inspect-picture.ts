import { open, readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { decodeBmp, isBitmap } from './decode-bmp.ts';
import { picturePixelsMax } from './decode-image.ts';
import { pictureEndings, pictureHeadBytes, pictureKindOf } from './picture-kind.ts';

/** The sizes of a picture in pixels: `width` and `height` are those of the upright picture. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  /** As stored, before the EXIF orientation is applied. */
  readonly stored: { readonly width: number; readonly height: number };
  /** EXIF orientation, 1 to 8; 1 is upright as stored. */
  readonly orientation: number;
}

/** Bytes at the end of a file that show whether it is whole. */
const tailBytes = 12;
const limits = { limitInputPixels: picturePixelsMax };
const pngEnd = Buffer.from('0000000049454e44ae426082', 'hex');
const jpegEnd = Buffer.from('ffd9', 'hex');

/**
 * Reads the sizes of a picture file and checks that the file is whole. Rejects with the decoder's
 * message where it is not.
 *
 * A JPEG, PNG or WebP file with the proper end is whole and is not decoded, in less than a
 * millisecond; all others are. `decode` decodes every picture, which finds damage in the middle.
 */
export async function inspectPicture(path: string, { decode = false } = {}): Promise<PictureSize> {
  const { head, tail, bytes } = await readEnds(path);
  if (pictureKindOf(head) === null) throw new RangeError(`it is no ${pictureEndings} picture`);
  if (isBitmap(head)) {
    const { width, height } = decodeBmp(await readFile(path));
    return { width, height, stored: { width, height }, orientation: 1 };
  }
  const {
    width,
    height,
    autoOrient,
    orientation = 1,
    format,
  } = await sharp(path, limits).metadata();
  if (decode || !hasEnd(format, head, tail, bytes)) {
    // Scaled while decoding, which still reads all of the file.
    await sharp(path, limits).resize(8, 8, { fit: 'fill', kernel: 'nearest' }).raw().toBuffer();
  }
  const known = orientation >= 1 && orientation <= 8;
  return { ...autoOrient, stored: { width, height }, orientation: known ? orientation : 1 };
}

function hasEnd(format: string | undefined, head: Buffer, tail: Buffer, bytes: number): boolean {
  switch (format) {
    case 'jpeg':
      return tail.subarray(-jpegEnd.length).equals(jpegEnd);
    case 'png':
      return tail.equals(pngEnd);
    case 'webp':
      return head.readUInt32LE(4) + 8 <= bytes;
    default:
      return false;
  }
}

/** The first and last bytes of a file, zeros where it is shorter, and its length. */
async function readEnds(path: string): Promise<{ head: Buffer; tail: Buffer; bytes: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const [head, tail] = [Buffer.alloc(pictureHeadBytes), Buffer.alloc(tailBytes)];
    await file.read(head, 0, pictureHeadBytes, 0);
    await file.read(tail, 0, tailBytes, Math.max(0, size - tailBytes));
    return { head, tail, bytes: size };
  } finally {
    await file.close();
  }
}
