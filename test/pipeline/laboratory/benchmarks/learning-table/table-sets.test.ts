import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDataset } from '../../../../../operators/datasets/read-dataset.ts';
import { setName } from '../../../../../pipeline/laboratory/results/set-name.ts';
import {
  everyFourth,
  foldNames,
  prepareSets,
} from '../../../../../pipeline/laboratory/benchmarks/learning-table/table-sets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifelens-sets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes an image with one object into a folder, and its annotation into another. */
async function paint(id: string, images: string, annotations: string, difficult = 0) {
  for (const name of [images, annotations]) mkdirSync(join(folder, name), { recursive: true });
  const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: 'blue' } });
  await picture.toFile(join(folder, images, `${id}.png`));
  const box = '<xmin>10</xmin><ymin>11</ymin><xmax>30</xmax><ymax>32</ymax>';
  writeFileSync(
    join(folder, annotations, `${id}.xml`),
    `<annotation><object><name>board</name><difficult>${difficult}</difficult><bndbox>${box}</bndbox></object></annotation>`,
  );
}

test('every 4th id in order is tested, starting with the first, and the rest is learned', () => {
  const ids = ['b-10', 'b-1', 'b-2', 'a', 'c'].map((id) => ({ id }));
  const { train, test: tested } = everyFourth(ids);
  expect(tested.map(({ id }) => id)).toEqual(['a', 'c']);
  expect(train.map(({ id }) => id)).toEqual(['b-1', 'b-10', 'b-2']);
});

test('a set without a split gets lists below the output folder', async () => {
  for (const id of ['r-1', 'r-2', 'r-3', 'r-4', 'r-5']) {
    await paint(id, 'raccoon/images', 'raccoon/annotations');
  }
  const pair = (await prepareSets(['raccoon', 'world'], folder, join(folder, 'out'))).get(
    'raccoon',
  )!;
  expect(readFileSync(join(folder, 'out/sets/raccoon/test.txt'), 'utf8')).toBe('r-1\nr-5\n');
  const [train, tested] = [await readDataset(pair.train), await readDataset(pair.test)];
  expect(train.images.map(({ id }) => id)).toEqual(['r-2', 'r-3', 'r-4']);
  expect(tested.images.map(({ id }) => id)).toEqual(['r-1', 'r-5']);
});

test('another split of two folders holds the same images and objects', async () => {
  const images = 'microcontrollers/images';
  for (const id of ['m1', 'm4', 'm5']) await paint(id, `${images}/train`, `${images}/train`);
  for (const id of ['m2', 'm3']) await paint(id, `${images}/test`, `${images}/test`, 1);
  const pairs = await prepareSets(
    ['microcontrollers', 'microcontrollers-4th'],
    folder,
    join(folder, 'out'),
  );
  const original = pairs.get('microcontrollers')!;
  const other = pairs.get('microcontrollers-4th')!;
  const all = [await readDataset(original.train), await readDataset(original.test)];
  const [train, tested] = [await readDataset(other.train), await readDataset(other.test)];
  expect(tested.images.map(({ id }) => id)).toEqual(['m1', 'm5']);
  const byId = (sets: readonly { images: readonly { id: string }[] }[]) =>
    sets.flatMap((set) => set.images).sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(byId([train, tested])).toEqual(byId(all));
});

test('over the folds every image is tested once', async () => {
  const images = 'microcontrollers/images';
  for (const id of ['m1', 'm3', 'm5']) await paint(id, `${images}/train`, `${images}/train`);
  for (const id of ['m2', 'm4']) await paint(id, `${images}/test`, `${images}/test`);
  const folds = await prepareSets(foldNames, folder, join(folder, 'out'));
  const ids = async (set: string) => (await readDataset(set)).images.map(({ id }) => id);
  const tested: (readonly string[])[] = [];
  for (const fold of folds.values()) {
    tested.push(await ids(fold.test));
    expect([...(await ids(fold.train)), ...tested.at(-1)!].sort()).toEqual([
      'm1',
      'm2',
      'm3',
      'm4',
      'm5',
    ]);
  }
  expect(tested).toEqual([['m1', 'm5'], ['m2'], ['m3'], ['m4']]);
  const names = [...folds.values()].map((fold) => setName(fold.test));
  expect(new Set(names)).toEqual(new Set(['microcontrollers-folds']));
});

test('COCO without a split is split, and keeps its classes and crowds', async () => {
  const images = ['c1', 'c2', 'c3', 'c4', 'c5'];
  for (const id of images) await paint(id, 'coco286/images', 'unused');
  const annotation = (i: number) => {
    const ids = { id: i + 1, image_id: i, category_id: i % 2 };
    return { ...ids, bbox: [1 + i, 2, 8, 9], area: 72, iscrowd: i === 3 ? 1 : 0 };
  };
  const document = {
    images: images.map((name, id) => ({ id, file_name: `${name}.png`, width: 64, height: 48 })),
    annotations: images.map((_, i) => annotation(i)),
    categories: ['person', 'bicycle'].map((name, id) => ({ id, name })),
  };
  writeFileSync(join(folder, 'coco286/instances.json'), JSON.stringify(document));
  const pair = (await prepareSets(['coco286'], folder, join(folder, 'out'))).get('coco286')!;
  const [train, tested] = [await readDataset(pair.train), await readDataset(pair.test)];
  const objects = (set: typeof train) =>
    set.images.flatMap((image) =>
      image.objects.map((object) => [object.class, object.box[0], object.crowd]),
    );
  expect(objects(tested)).toEqual([
    ['person', 1, false],
    ['person', 5, false],
  ]);
  expect(objects(train)).toEqual([
    ['bicycle', 2, false],
    ['person', 3, false],
    ['bicycle', 4, true],
  ]);
});

test('an absent set is named in the error, and only requested sets are required', async () => {
  await expect(prepareSets(['fod-a'], folder, folder)).rejects.toThrow(/^no .*fod-a.Annotations$/);
  expect((await prepareSets([], folder, folder)).size).toBe(0);
});
