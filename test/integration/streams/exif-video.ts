import sharp, { type Sharp } from 'sharp';
import { numberedPictures, standard } from './numbered-video.ts';

/** An MJPEG stream of numbered pictures that lie as an EXIF orientation says. */
export async function exifVideo(count: number, orientation: number): Promise<Buffer> {
  const pictures: Buffer[] = [];
  for (let i = 0; i < count; i++) pictures.push(await exifPicture(i, orientation));
  return Buffer.concat(pictures);
}

/** One numbered picture as a JPEG that lies as an EXIF orientation says. */
export async function exifPicture(number: number, orientation: number): Promise<Buffer> {
  const { width, height } = standard;
  const raw = { width, height, channels: 3 } as const;
  const upright = sharp(numberedPictures(1, standard, number), { raw });
  const lying = await layDown(upright, orientation);
  return lying.jpeg({ quality: 92 }).withMetadata({ orientation }).toBuffer();
}

/** The picture as a camera stores it, so that this orientation shows it upright again. */
export async function layDown(upright: Sharp, orientation: number): Promise<Sharp> {
  // Inverses of the transformations that the EXIF standard names.
  switch (orientation) {
    case 2:
      return upright.flop();
    case 3:
      return upright.rotate(180);
    case 4:
      return upright.flip();
    case 5:
      return sharp(await upright.rotate(270).png().toBuffer()).flip();
    case 6:
      return upright.rotate(270);
    case 7:
      return sharp(await upright.rotate(90).png().toBuffer()).flip();
    case 8:
      return upright.rotate(90);
    default:
      return upright;
  }
}
