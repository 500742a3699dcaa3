import { join } from 'node:path';
import { drawPictures, writeCoco } from '../rig/draw-set.ts';
import type { SetPair } from './table-sets.ts';

const pictures = { train: 9, test: 3 };

/** Draws a small labelled set for `--smoke`, which runs without data. */
export async function drawSmokeSet(folder: string): Promise<SetPair> {
  const draw = async (part: 'train' | 'test', seed: number): Promise<string> => {
    const images = join(folder, part);
    const file = join(folder, `${part}.json`);
    const drawn = await drawPictures(images, { emoji: '1f916', count: pictures[part], seed });
    await writeCoco(file, drawn, 'robot');
    return `coco:${file}:${images}`;
  };
  return { train: await draw('train', 1), test: await draw('test', 2) };
}
