import sharp from 'sharp';
import { sceneHeight, sceneWidth } from './coded-scene.ts';
import { layDown } from './exif-video.ts';

/** One encoded picture of the scene. */
export interface EncodedPicture {
  readonly code: number;
  readonly bytes: Buffer;
}

export interface JpegShape {
  /** EXIF orientation, 1 to 8: the stored picture is turned the other way. Default 1. */
  readonly orientation?: number;
  /** Factor on both sides. Default 1. */
  readonly scale?: number;
  readonly format?: 'jpeg' | 'png' | 'webp';
  readonly progressive?: boolean;
  readonly cmyk?: boolean;
}

/** Pictures of the scene as files, which a reader has to show upright. */
export function encodePictures(
  pictures: readonly Buffer[],
  shape: JpegShape | ((code: number) => JpegShape) = {},
): Promise<readonly EncodedPicture[]> {
  return Promise.all(
    pictures.map(async (rgb, code) => ({
      code,
      bytes: await encodePicture(rgb, typeof shape === 'function' ? shape(code) : shape),
    })),
  );
}

async function encodePicture(rgb: Buffer, shape: JpegShape): Promise<Buffer> {
  const { orientation = 1, scale = 1, format = 'jpeg', progressive = false, cmyk = false } = shape;
  const raw = { width: sceneWidth, height: sceneHeight, channels: 3 as const };
  const size = [Math.round(sceneWidth * scale), Math.round(sceneHeight * scale)] as const;
  const scaled = await sharp(rgb, { raw })
    .resize(...size)
    .png({ compressionLevel: 0 })
    .toBuffer();
  let image = await layDown(sharp(scaled), orientation);
  if (cmyk) image = image.toColourspace('cmyk');
  if (orientation !== 1) image = image.withMetadata({ orientation });
  if (format === 'png') return image.png().toBuffer();
  if (format === 'webp') return image.webp({ quality: 95 }).toBuffer();
  return image.jpeg({ quality: 92, progressive, chromaSubsampling: '4:4:4' }).toBuffer();
}
