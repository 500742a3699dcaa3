import { describe, expect, it } from 'vitest';
import { readLabelledSet } from '../../../../operators/datasets/read-labelled-set.ts';
import { useSetFolder } from '../set-folder.ts';

const folder = useSetFolder();
const read = () => readLabelledSet(`coco:${folder.path('set.json')}:${folder.path('img')}`);
const write = (json: unknown) => folder.write('set.json', JSON.stringify(json));

const base = {
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

describe('reading a COCO set', () => {
  it('gives images and classes in the order of their ids', async () => {
    await write(base);
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
      mended: { clippedBoxes: 0, droppedBoxes: 0, otherSizes: 0, unlabelledImages: 0 },
    });
  });

  it('finds pictures below the folder, or by their last name, but never outside of it', async () => {
    await folder.picture('img/sub/a.jpg');
    await folder.picture('img/b.jpg');
    await folder.picture('secret.jpg');
    const named = (name: string) => write({ ...base, images: [{ id: 12, file_name: name }] });
    await named('sub/a.jpg');
    expect((await read()).images[0]!.path).toBe(folder.path('img/sub/a.jpg'));
    await named('train2017\\b.jpg');
    expect((await read()).images[0]!.path).toBe(folder.path('img/b.jpg'));
    for (const name of ['../secret.jpg', folder.path('secret.jpg')]) {
      await named(name);
      await expect(read()).rejects.toMatchObject({ name: 'SetError', code: 'not-found' });
    }
  });

  it('takes annotations without ids', async () => {
    const [first, second] = base.annotations;
    await write({ ...base, annotations: [first, second].map((a) => ({ ...a, id: undefined })) });
    await folder.picture('img/a.jpg');
    await folder.picture('img/b.jpg');
    expect((await read()).images[1]!.objects).toHaveLength(2);
  });

  it.each<[unknown, RegExp]>([
    [[], /: the whole: /],
    [{ ...base, categories: undefined }, /: categories: /],
    [{ ...base, images: [{ id: 1 }] }, /: images\.0\.file_name: /],
    [
      { ...base, annotations: [{ ...base.annotations[0], bbox: [1, 2, 3] }] },
      /: annotations\.0\.bbox/,
    ],
    [
      { ...base, annotations: [{ ...base.annotations[0], bbox: [9, 9, -5, 3] }] },
      /: annotations\.0\.bbox\.2: expected a width and height of 0 or more/,
    ],
    [
      { ...base, annotations: [{ ...base.annotations[0], bbox: [9, 9, 5, -3] }] },
      /: annotations\.0\.bbox\.3: expected a width and height of 0 or more/,
    ],
    [
      { ...base, annotations: [base.annotations[0], { ...base.annotations[1], category_id: 9 }] },
      /: annotations\.1\.category_id: expected an id in categories, found 9/,
    ],
    [
      { ...base, annotations: [{ ...base.annotations[0], image_id: 9 }] },
      /: annotations\.0\.image_id: expected an id in images, found 9/,
    ],
    [
      { ...base, images: [base.images[0], base.images[0]] },
      /: images\.1\.id: expected every id once, found 12 twice/,
    ],
    [
      { ...base, images: [base.images[0], { ...base.images[1], id: '12' }] },
      /: images\.1\.id: expected every id once, found 12 twice/,
    ],
    [
      { ...base, annotations: [base.annotations[0], { ...base.annotations[1], id: 1 }] },
      /: annotations\.1\.id: expected every id once, found 1 twice/,
    ],
  ])('names the place that is wrong: %#', async (json, message) => {
    await write(json);
    await folder.picture('img/a.jpg');
    await folder.picture('img/b.jpg');
    const path = folder.path('set.json');
    await expect(read()).rejects.toMatchObject({ name: 'SetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow(message);
  });

  it('says what is no JSON, what is empty and what is missing', async () => {
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
    await write(base);
    await expect(read()).rejects.toMatchObject({
      code: 'not-found',
      path: folder.path('img/b.jpg'),
    });
  });
});
