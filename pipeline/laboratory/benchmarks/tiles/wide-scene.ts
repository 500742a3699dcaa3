import sharp from 'sharp';
import type { LabelledImage, LabelledObject } from '../../../../operators/datasets/dataset.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';

/** Pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** A wide picture of many small objects, with what is in it. */
export interface WideScene extends Size {
  /** RGB, row-major. */
  readonly pixels: Uint8Array;
  readonly objects: readonly LabelledObject[];
}

/** Columns and rows of pictures in a scene. */
const grid = { columns: 4, rows: 3 } as const;
/** Pictures in a scene. */
export const picturesPerScene = grid.columns * grid.rows;
const ground = { r: 114, g: 114, b: 114 };

/**
 * A mosaic of labelled pictures, each scaled to fit its place and no picture scaled up: real
 * objects of known boxes, as small as in a wide scene. What lies beside each other does not belong
 * together, which helps no detector.
 */
export async function wideScene(
  images: readonly LabelledImage[],
  { width, height }: Size,
): Promise<WideScene> {
  const place = {
    width: Math.floor(width / grid.columns),
    height: Math.floor(height / grid.rows),
  };
  const objects: LabelledObject[] = [];
  const layers = images.slice(0, picturesPerScene).map(async (image, i) => {
    const left = (i % grid.columns) * place.width;
    const top = Math.floor(i / grid.columns) * place.height;
    const factor = Math.min(1, place.width / image.width, place.height / image.height);
    for (const object of image.objects) {
      const [x0, y0, x1, y1] = object.box;
      const box: Box = [
        left + x0 * factor,
        top + y0 * factor,
        left + x1 * factor,
        top + y1 * factor,
      ];
      objects.push({ ...object, box });
    }
    const size = {
      width: Math.round(image.width * factor),
      height: Math.round(image.height * factor),
    };
    const input = await sharp(image.path)
      .rotate()
      .resize({ ...size, fit: 'fill' })
      .removeAlpha()
      .toColourspace('srgb')
      .png()
      .toBuffer();
    return { input, left, top };
  });
  const canvas = sharp({ create: { width, height, channels: 3, background: ground } });
  const pixels = await canvas
    .composite(await Promise.all(layers))
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, pixels, objects };
}

/** A scene of plain patches in noise, for runs without data. */
export function plainScene({ width, height }: Size): WideScene {
  const pixels = new Uint8Array(width * height * 3).fill(110);
  for (let i = 0; i < 40; i++) {
    const [left, top] = [(i * 137) % (width - 40), (i * 89) % (height - 40)];
    for (let y = top; y < top + 30; y++) {
      pixels.fill(40 + 5 * i, (y * width + left) * 3, (y * width + left + 24) * 3);
    }
  }
  return { width, height, pixels, objects: [] };
}
