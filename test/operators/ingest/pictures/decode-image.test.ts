import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';
import {
  decodeImage,
  type DecodedImage,
} from '../../../../operators/ingest/pictures/decode-image.ts';

const width = 60;
const height = 40;
/** Grey, with a red square in the upper left corner. */
let truth: Buffer;

beforeAll(async () => {
  const pixels = Buffer.alloc(width * height * 3, 90);
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) pixels.set([220, 20, 20], (y * width + x) * 3);
  }
  truth = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
});

const colourAt = (image: DecodedImage, x: number, y: number): number[] =>
  Array.from(image.full.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3));

/** Turns and mirrors that a viewer undoes for each EXIF orientation. */
const stored: Readonly<Record<number, (image: Sharp) => Sharp>> = {
  1: (image) => image,
  2: (image) => image.flop(),
  3: (image) => image.rotate(180),
  4: (image) => image.flip(),
  5: (image) => image.rotate(90).flip(),
  6: (image) => image.rotate(270),
  7: (image) => image.rotate(270).flip(),
  8: (image) => image.rotate(90),
};

describe('decodeImage', () => {
  it('lays the picture on a letterbox as every other source does', async () => {
    const viewSize = {
      width: 32,
      height: 48,
      fit: 'letterbox',
      anchor: 'centre',
      ground: 114,
    } as const;
    const image = await decodeImage(truth, 1280, viewSize);
    const expected = new Uint8Array(image.view.length);
    new ViewMaker().run(image.full, image.width, image.height, viewSize, expected);
    let sum = 0;
    for (const [i, value] of image.view.entries()) sum += Math.abs(value - expected[i]!);
    expect(image.view).toHaveLength(32 * 48 * 3);
    expect(sum / expected.length).toBeLessThan(2);
    expect([...image.view.subarray(0, 3)]).toEqual([114, 114, 114]);
    expect([...image.view.subarray(-3)]).toEqual([114, 114, 114]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('shows EXIF orientation %d upright', async (orientation) => {
    const turned = await stored[orientation]!(sharp(truth)).png().toBuffer();
    const jpeg = await sharp(turned).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    const image = await decodeImage(jpeg, 1280, 40);
    expect([image.sourceWidth, image.sourceHeight]).toEqual([width, height]);
    expect([image.width, image.height]).toEqual([width, height]);
    const [red, green] = colourAt(image, 4, 4);
    expect(red).toBeGreaterThan(190);
    expect(green).toBeLessThan(60);
    for (const [x, y] of [
      [55, 4],
      [4, 35],
      [55, 35],
    ] as const) {
      expect(Math.abs(colourAt(image, x, y)[0]! - 90)).toBeLessThan(15);
    }
    expect(image.view[(4 * 40 + 4) * 3]).toBeGreaterThan(180);
  });

  it.each([
    ['grey', () => sharp(truth).greyscale().jpeg().toBuffer(), null],
    ['grey PNG', () => sharp(truth).greyscale().png().toBuffer(), null],
    ['palette', () => sharp(truth).png({ palette: true }).toBuffer(), 220],
    ['16-bit', () => sharp(truth).toColourspace('rgb16').png().toBuffer(), 220],
    ['16-bit grey', () => sharp(truth).toColourspace('grey16').png().toBuffer(), null],
    ['CMYK', () => sharp(truth).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(), 200],
    ['progressive', () => sharp(truth).jpeg({ progressive: true, quality: 95 }).toBuffer(), 220],
    ['TIFF', () => sharp(truth).tiff().toBuffer(), 220],
    ['GIF', () => sharp(truth).gif().toBuffer(), 220],
    ['AVIF', () => sharp(truth).avif({ quality: 90 }).toBuffer(), 220],
    ['WebP', () => sharp(truth).webp({ quality: 95 }).toBuffer(), 220],
  ])('decodes %s pictures', async (_, encode, red) => {
    const image = await decodeImage(await encode(), 1280, 20);
    expect(image.full.length).toBe(width * height * 3);
    const [r, g, b] = colourAt(image, 6, 6);
    const [ground] = colourAt(image, 50, 30);
    if (red === null) expect([r, g]).toEqual([g, b]);
    else expect(Math.abs(r! - red)).toBeLessThan(30);
    expect(Math.abs(ground! - 90)).toBeLessThan(15);
  });

  it('blends transparency over mid grey', async () => {
    const background = { r: 255, g: 255, b: 255, alpha: 0 };
    const png = sharp({ create: { width: 8, height: 8, channels: 4, background } }).png();
    const image = await decodeImage(await png.toBuffer(), 1280, 4);
    expect(new Set([...image.full, ...image.view])).toEqual(new Set([128]));
  });

  it('refuses what is broken, no picture, or too large by its header', async () => {
    const jpeg = await sharp(truth).jpeg().toBuffer();
    await expect(decodeImage(jpeg.subarray(0, -80), 1280, 20)).rejects.toThrow();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(decodeImage(svg, 1280, 20)).rejects.toThrow('it is no jpg, png');
    const huge = Buffer.from(await sharp(truth).png().toBuffer());
    huge.writeUInt32BE(60_000, 16);
    huge.writeUInt32BE(60_000, 20);
    await expect(decodeImage(huge, 1280, 20)).rejects.toThrow();
  });
});
