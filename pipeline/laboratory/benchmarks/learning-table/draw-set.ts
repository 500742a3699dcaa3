import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { LabelledImage } from '../../../../operators/datasets/labelled-set.ts';
import { manyClasses } from '../../../../operators/ingest/world/many-classes.ts';
import { StillWorld } from '../../protocols/still-world.ts';
import { cocoOf, everyFourth, type SetPair } from './table-sets.ts';

const classes = 2;
const pictures = 12;
/** Frames of the world from one picture to the next. */
const framesBetween = 45;
const viewSize = 320;

/** Makes a labelled set out of frames of the simulated world, for a table that no data was given. */
export async function drawSet(folder: string): Promise<SetPair> {
  await mkdir(folder, { recursive: true });
  const world = new StillWorld(manyClasses(classes, 1), viewSize);
  const images: LabelledImage[] = [];
  for (let i = 1; i <= pictures; i++) {
    const { full, width, height, clear, hidden } = await world.skipTo(i * framesBetween);
    const id = `frame-${String(i).padStart(2, '0')}`;
    const path = join(folder, `${id}.png`);
    await sharp(full, { raw: { width, height, channels: 3 } }).toFile(path);
    const objects = [
      ...clear.map(({ class: name, box }) => ({ class: name, box, difficult: false })),
      ...hidden.map(({ class: name, box }) => ({ class: name, box, difficult: true })),
    ].map((object) => ({ ...object, crowd: false }));
    images.push({ id, path, width, height, objects });
  }
  const split = everyFourth(images);
  const write = async (part: 'train' | 'test'): Promise<string> => {
    const file = join(folder, `${part}.json`);
    await writeFile(file, JSON.stringify(cocoOf(split[part], folder)));
    return `coco:${file}:${folder}`;
  };
  return { train: await write('train'), test: await write('test') };
}
