import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder } from '../dataset-folder.ts';
import { nothingMended } from '../set-of.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`coco:${folder.path('set.json')}:${folder.path('img')}`);
const write = (json: unknown) => folder.write('set.json', JSON.stringify(json));

const valid = {
  images: [
    { id: 12, file_name: 'b.jpg', width: 100, height: 80 },
    { id: 3, file_name: 'a.jpg' },
  ],
  annotations: [
    { id: 1, image_id: 12, category_id: 7, bbox: [10, 20, 30, 40], iscrowd: 0 },
    { id: 2, image_id: 12, category_id: 2, bbox: [1.5, 2, 3, 4], iscrowd: 1, ignore: 1 },
    { id: 3, image_id: 12, category_id: 2, bbox: [1, 2, 3, 4], ignore: 1 },
  ],
  categories: [
    { id: 7, name: 'cat' },
    { id: 2, name: 'ape' },
  ],
};

describe('reading a COCO dataset', () => {
  it('orders images and classes by id', async () => {
    await write(valid);
    await folder.picture('img/a.jpg', 60, 50);
    await folder.picture('img/b.jpg');
    expect(await read()).toEqual({
      classes: ['ape', 'cat'],
      images: [
        { id: '3', path: folder.path('img/a.jpg'), width: 60, height: 50, objects: [] },
        {
          id: '12',
          path: folder.path('img/b.jpg'),
          width: 100,
          height: 80,
          objects: [
            { class: 'cat', box: [10, 20, 40, 60], difficult: false, crowd: false },
            { class: 'ape', box: [1.5, 2, 4.5, 6], difficult: false, crowd: true },
            { class: 'ape', box: [1, 2, 4, 6], difficult: true, crowd: false },
          ],
        },
      ],
      warnings: [],
      skipped: [],
      mended: nothingMended,
    });
  });

  it('finds pictures by path or by name in the folder, but never outside of it', async () => {
    await folder.picture('img/sub/a.jpg');
    await folder.picture('img/b.jpg');
    await folder.picture('secret.jpg');
    const writeName = (name: string) => write({ ...valid, images: [{ id: 12, file_name: name }] });
    await writeName('sub/a.jpg');
    expect((await read()).images[0]!.path).toBe(folder.path('img/sub/a.jpg'));
    await writeName('train2017\\b.jpg');
    expect((await read()).images[0]!.path).toBe(folder.path('img/b.jpg'));
    for (const name of ['../secret.jpg', folder.path('secret.jpg')]) {
      await writeName(name);
      await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'not-found' });
    }
  });

  it('accepts annotations without ids', async () => {
    const [first, second] = valid.annotations;
    await write({ ...valid, annotations: [first, second].map((a) => ({ ...a, id: undefined })) });
    await folder.picture('img/a.jpg');
    await folder.picture('img/b.jpg');
    expect((await read()).images[1]!.objects).toHaveLength(2);
  });

  it.each<[unknown, RegExp]>([
    [[], /: top level: expected an object/],
    [[valid], /: top level: expected an object/],
    [{ ...valid, images: {} }, /: images: expected an array/],
    [{ ...valid, categories: undefined }, /: categories: /],
    [{ ...valid, images: [{ id: 1 }] }, /: images\.0\.file_name: /],
    [
      { ...valid, annotations: [{ ...valid.annotations[0], bbox: [1, 2, 3] }] },
      /: annotations\.0\.bbox/,
    ],
    [
      { ...valid, annotations: [{ ...valid.annotations[0], bbox: [9, 9, -5, 3] }] },
      /: annotations\.0\.bbox\.2: expected a width and height of 0 or more/,
    ],
    [
      { ...valid, annotations: [{ ...valid.annotations[0], bbox: [9, 9, 5, -3] }] },
      /: annotations\.0\.bbox\.3: expected a width and height of 0 or more/,
    ],
    [
      {
        ...valid,
        annotations: [valid.annotations[0], { ...valid.annotations[1], category_id: 9 }],
      },
      /: annotations\.1\.category_id: expected an id in categories, found 9/,
    ],
    [
      { ...valid, annotations: [{ ...valid.annotations[0], image_id: 9 }] },
      /: annotations\.0\.image_id: expected an id in images, found 9/,
    ],
    [
      { ...valid, images: [valid.images[0], valid.images[0]] },
      /: images\.1\.id: expected every id once, found 12 twice/,
    ],
    [
      { ...valid, images: [valid.images[0], { ...valid.images[1], id: '12' }] },
      /: images\.1\.id: expected every id once, found 12 twice/,
    ],
    [
      { ...valid, annotations: [valid.annotations[0], { ...valid.annotations[1], id: 1 }] },
      /: annotations\.1\.id: expected every id once, found 1 twice/,
    ],
  ])('rejects with the path of an invalid value: %#', async (json, message) => {
    await write(json);
    await folder.picture('img/a.jpg');
    await folder.picture('img/b.jpg');
    const path = folder.path('set.json');
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow(message);
  });

  it('rejects a dataset that is missing, empty or not JSON', async () => {
    await expect(read()).rejects.toMatchObject({ code: 'not-found', path: folder.path('img') });
    await folder.picture('img/a.jpg');
    await expect(read()).rejects.toMatchObject({
      code: 'not-found',
      path: folder.path('set.json'),
    });
    await folder.write('set.json', '{"images": [');
    await expect(read()).rejects.toThrow('expected JSON: ');
    await write({ images: [], annotations: [], categories: [] });
    await expect(read()).rejects.toMatchObject({ code: 'empty' });
    await write(valid);
    await expect(read()).rejects.toMatchObject({
      code: 'not-found',
      path: folder.path('img/b.jpg'),
    });
  });
});
