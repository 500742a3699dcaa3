import { join } from 'node:path';
import sharp from 'sharp';
import type { LabelledImage, LabelledObject } from '../../../../operators/datasets/dataset.ts';

/** An annotated object, neither a crowd nor difficult by default. */
export function objectOf(
  name: string,
  box: LabelledObject['box'] = [10, 10, 30, 30],
  special: Partial<Pick<LabelledObject, 'crowd' | 'difficult'>> = {},
): LabelledObject {
  return { class: name, box, crowd: false, difficult: false, ...special };
}

/** An image without a file. */
export function imageOf(id: string, objects: readonly LabelledObject[]): LabelledImage {
  return { id, path: `/nowhere/${id}.png`, width: 64, height: 48, objects };
}

/** Writes an image of one colour into a folder. */
export async function paintImage(
  folder: string,
  id: string,
  objects: readonly LabelledObject[],
): Promise<LabelledImage> {
  const path = join(folder, `${id}.png`);
  const background = { r: 40, g: 90, b: 160 };
  await sharp({ create: { width: 64, height: 48, channels: 3, background } }).toFile(path);
  return { id, path, width: 64, height: 48, objects };
}
