import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from '../ingest/pictures/decode-bmp.ts';

/** Opens a picture as stored, its EXIF orientation not applied; sharp itself reads no bitmaps. */
export async function openPicture(path: string): Promise<Sharp> {
  if (extname(path).toLowerCase() !== '.bmp') return sharp(path);
  const { rgb, width, height } = decodeBmp(await readFile(path));
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
