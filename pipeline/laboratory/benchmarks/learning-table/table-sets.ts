import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import { codeUnitOrder } from '../../../../operators/foundation/files/code-unit-order.ts';
import { drawDenseWorld } from './dense-world.ts';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';

/** Training and test set of a row, as set specifications. */
export interface SetPair {
  readonly train: string;
  readonly test: string;
}

/** Cross-validation folds; the results page shows them as one set. */
export const foldNames = [0, 1, 2, 3].map((fold) => `microcontrollers-folds-${fold}`);

/** Finds a set in the data folder; for a set without a split, writes one below `out`. */
type SetMaker = (data: string, out: string) => Promise<SetPair>;

const setMakers: Readonly<Record<string, SetMaker>> = {
  'fod-a': async (data) => fodA(data),
  'fod-a-video': async (data) => fodAVideo(data),
  'fod-a-video-back': async (data) => {
    const { train, test } = fodAVideo(data);
    return { train: test, test: train };
  },
  'fod-a-coco286': async (data) => {
    const [file, images] = present(data, ['coco286/instances.json', 'coco286/images']);
    return { train: fodA(data).train, test: `coco:${file!}:${images!}` };
  },
  raccoon,
  microcontrollers: async (data) => trainAndTest(data, 'microcontrollers'),
  'microcontrollers-4th': (data, out) => microcontrollersFourth(data, out),
  ...Object.fromEntries(
    foldNames.map((name, fold): [string, SetMaker] => [
      name,
      (data, out) => microcontrollersFourth(data, out, fold),
    ]),
  ),
  'playing-cards': async (data) => trainAndTest(data, 'playing-cards'),
  'blood-cells': async (data) => bloodCells(data),
  coco286: (data, out) => coco286(data, out),
  'dense-world': async (_data, out) => drawDenseWorld(out),
  // The command line requires sets, but the protocol does not use them.
  world: raccoon,
};

/**
 * Prepares the sets with these names.
 *
 * @throws if the data folder lacks one of them.
 */
export async function prepareSets(
  names: readonly string[],
  data: string,
  out: string,
): Promise<ReadonlyMap<string, SetPair>> {
  const pairs = new Map<string, SetPair>();
  for (const name of new Set(names)) {
    const make = setMakers[name];
    if (make === undefined) throw new RangeError(`there is no set ${name}`);
    pairs.set(name, await make(data, out));
  }
  return pairs;
}

/** Puts every 4th item in id order, starting with index `first`, into the test set. */
export function everyFourth<T extends { readonly id: string }>(
  all: readonly T[],
  first = 0,
): { readonly train: readonly T[]; readonly test: readonly T[] } {
  const sorted = all.toSorted((a, b) => codeUnitOrder(a.id, b.id));
  return {
    train: sorted.filter((_, index) => index % 4 !== first),
    test: sorted.filter((_, index) => index % 4 === first),
  };
}

function fodA(data: string): SetPair {
  const lists = 'fod-a/ImageSets';
  return listed(data, {
    annotations: 'fod-a/Annotations',
    images: 'fod-a/JPEGImages',
    train: `${lists}/dev-train.txt`,
    test: `${lists}/dev-test.txt`,
  });
}

/** Halves of recordings, whose frames name the track that they are of. */
function fodAVideo(data: string): SetPair {
  const lists = 'fod-a-video/ImageSets';
  const { train, test } = listed(data, {
    annotations: 'fod-a-video/Annotations',
    images: 'fod-a-video/JPEGImages',
    train: `${lists}/dev-train.txt`,
    test: `${lists}/dev-test.txt`,
  });
  const tracks = present(
    data,
    ['train', 'test'].map((half) => `fod-a-video/tracks-dev-${half}.json`),
  );
  return { train: `${train}#tracks=${tracks[0]!}`, test: `${test}#tracks=${tracks[1]!}` };
}

function bloodCells(data: string): SetPair {
  const lists = 'blood-cells/BCCD/ImageSets/Main';
  return listed(data, {
    annotations: 'blood-cells/BCCD/Annotations',
    images: 'blood-cells/BCCD/JPEGImages',
    train: `${lists}/trainval.txt`,
    test: `${lists}/test.txt`,
  });
}

interface ListedSet extends SetPair {
  readonly annotations: string;
  readonly images: string;
}

/** A set in one folder of Pascal VOC, whose parts are lists of pictures. */
function listed(data: string, { annotations, images, train, test }: ListedSet): SetPair {
  const paths = present(data, [annotations, images, train, test]);
  const set = `voc:${paths[0]!}:${paths[1]!}`;
  return { train: `${set}:${paths[2]!}`, test: `${set}:${paths[3]!}` };
}

/** A set in two folders, each with its annotations beside the images. */
function trainAndTest(data: string, name: string): SetPair {
  const [train, test] = present(data, [`${name}/images/train`, `${name}/images/test`]);
  return { train: `voc:${train!}:${train!}`, test: `voc:${test!}:${test!}` };
}

async function raccoon(data: string, out: string): Promise<SetPair> {
  const [annotations, images] = present(data, ['raccoon/annotations', 'raccoon/images']);
  const files = (await readdir(annotations!)).map((file) => parse(file));
  const ids = files.filter(({ ext }) => ext === '.xml').map(({ name }) => ({ id: name }));
  const folder = join(out, 'sets', 'raccoon');
  await mkdir(folder, { recursive: true });
  const split = everyFourth(ids);
  const write = async (part: 'train' | 'test'): Promise<string> => {
    const list = join(folder, `${part}.txt`);
    await writeFile(list, split[part].map(({ id }) => `${id}\n`).join(''));
    return `voc:${annotations!}:${images!}:${list}`;
  };
  return { train: await write('train'), test: await write('test') };
}

/** Other splits of the same images, as COCO files: a VOC list can't refer to two folders. */
async function microcontrollersFourth(data: string, out: string, fold?: number): Promise<SetPair> {
  const { train, test } = trainAndTest(data, 'microcontrollers');
  const sets = [await readDataset(train), await readDataset(test)];
  const images = sets.flatMap((set) => set.images);
  const [name, ending] = fold === undefined ? ['4th', ''] : ['folds', `-${fold}`];
  const folder = join(out, 'sets', `microcontrollers-${name}`);
  return splitCoco(images, join(data, 'microcontrollers/images'), { folder, ending, first: fold });
}

/** COCO, whose classes the backbone was trained on: a check of forgetting, not of accuracy. */
async function coco286(data: string, out: string): Promise<SetPair> {
  const [file, pictures] = present(data, ['coco286/instances.json', 'coco286/images']);
  const { images } = await readDataset(`coco:${file!}:${pictures!}`);
  return splitCoco(images, pictures!, { folder: join(out, 'sets', 'coco286'), ending: '' });
}

interface SplitFiles {
  readonly folder: string;
  /** Of the files' names. */
  readonly ending: string;
  /** See {@link everyFourth}. */
  readonly first?: number | undefined;
}

/** Writes every fourth of the images below a folder to a test set, the others to a training set. */
async function splitCoco(
  images: readonly LabelledImage[],
  pictures: string,
  { folder, ending, first }: SplitFiles,
): Promise<SetPair> {
  const split = everyFourth(images, first);
  await mkdir(folder, { recursive: true });
  const write = async (part: 'train' | 'test'): Promise<string> => {
    const file = join(folder, `${part}${ending}.json`);
    await writeFile(file, `${JSON.stringify(cocoOf(split[part], pictures))}\n`);
    return `coco:${file}:${pictures}`;
  };
  return { train: await write('train'), test: await write('test') };
}

/** Converts images below a folder to a COCO document. */
function cocoOf(images: readonly LabelledImage[], folder: string): object {
  const objects = images.flatMap((image) => image.objects.map((object) => ({ image, object })));
  const names = [...new Set(objects.map(({ object }) => object.class))].sort(codeUnitOrder);
  return {
    images: images.map(({ id, path, width, height }) => {
      return { id, file_name: path.slice(folder.length + 1), width, height };
    }),
    annotations: objects.map(({ image, object: { class: name, box, difficult, crowd } }, i) => {
      const [left, top, right, bottom] = box;
      return {
        id: i + 1,
        image_id: image.id,
        category_id: names.indexOf(name) + 1,
        bbox: [left, top, right - left, bottom - top],
        iscrowd: Number(crowd),
        ignore: Number(difficult),
      };
    }),
    categories: names.map((name, i) => ({ id: i + 1, name })),
  };
}

function present(data: string, paths: readonly string[]): string[] {
  return paths.map((path) => {
    const full = join(data, path);
    if (!existsSync(full)) throw new Error(`no ${full}`);
    return full;
  });
}
