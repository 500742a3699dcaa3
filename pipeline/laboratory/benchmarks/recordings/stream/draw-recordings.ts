import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SetPair } from '../../learning-table/table-sets.ts';
import { drawPictures, writeCoco } from '../../rig/draw-set.ts';

/** Emoji renderings by the name of their class. */
const emojis = { robot: '1f916', guitar: '1f3b8' };
/** Frames of a recording: two visits of enough hits each. */
const frames = 8;

/** Draws a recording of each of two objects, for `--smoke`, which runs without data. */
export async function drawRecordings(folder: string): Promise<SetPair> {
  const draw = async (part: 'train' | 'test', seed: number): Promise<string> => {
    const images = join(folder, part);
    const recordings = Object.entries(emojis).map(async ([name, emoji]) => {
      const drawn = await drawPictures(join(images, name), {
        emoji,
        count: frames,
        seed,
        drift: true,
      });
      return drawn.map((picture) => ({ ...picture, name: `${name}/${picture.name}`, class: name }));
    });
    const drawn = (await Promise.all(recordings)).flat();
    const file = join(folder, `${part}.json`);
    await writeCoco(
      file,
      drawn,
      drawn.map(({ class: name }) => name),
    );
    const tracks = join(folder, `${part}-tracks.json`);
    const named = drawn.map(({ class: name }, id) => [String(id), `${name} ${part}`] as const);
    await writeFile(tracks, JSON.stringify(Object.fromEntries(named)));
    return `coco:${file}:${images}#tracks=${tracks}`;
  };
  return { train: await draw('train', 1), test: await draw('test', 2) };
}
