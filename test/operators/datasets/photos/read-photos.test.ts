import { readFile, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { photoBoxesOf } from '../../../../operators/datasets/photos/photo-boxes.ts';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`photos:${folder.path('set')}`);

async function photos(...names: readonly string[]): Promise<void> {
  for (const name of names) await folder.picture(`set/${name}`, 100, 80);
}

describe('a folder per class of photos', () => {
  it('has an object somewhere in every photo, and none in those of the background', async () => {
    await photos('dog/b.jpg', 'cone/1.jpg', 'background/x.jpg');
    const { classes, images } = await read();
    expect(classes).toEqual(['cone', 'dog']);
    expect(images.map(({ id }) => id)).toEqual(['background/x.jpg', 'cone/1.jpg', 'dog/b.jpg']);
    expect(images[0]!.objects).toEqual([]);
    const whole = { box: [0, 0, 100, 80], boxOrigin: 'picture' };
    expect(images[1]!.objects).toMatchObject([{ class: 'cone', ...whole }]);
  });

  it('takes the boxes of boxes.json for the photos that it lists', async () => {
    await photos('cone/1.jpg', 'cone/2.jpg', 'cone/3.jpg');
    await folder.write(
      'set/boxes.json',
      JSON.stringify({
        images: [
          { id: 7, file_name: 'cone/1.jpg', width: 100, height: 80 },
          { id: 8, file_name: 'cone/3.jpg', width: 100, height: 80 },
        ],
        annotations: [{ id: 1, image_id: 7, category_id: 2, bbox: [10, 20, 30, 40] }],
        categories: [{ id: 2, name: 'cone' }],
      }),
    );
    const { images } = await read();
    expect(images.map(({ id }) => id)).toEqual(['cone/1.jpg', 'cone/2.jpg', 'cone/3.jpg']);
    expect(images[0]!.objects).toMatchObject([{ class: 'cone', box: [10, 20, 40, 60] }]);
    expect(images[0]!.objects[0]).not.toHaveProperty('boxOrigin');
    expect(images[1]!.objects).toMatchObject([{ boxOrigin: 'picture' }]);
    expect(images[2]!.objects).toEqual([]);
  });

  it('knows the boxes of its own file again, except for those that somebody moved', async () => {
    await photos('cone/1.jpg', 'cone/2.jpg');
    const { classes, images } = await read();
    const found = images.map((image) => ({
      ...image,
      objects: image.objects.map((object) => ({
        ...object,
        box: [10.123, 20, 40, 60.456] as const,
        boxOrigin: 'found' as const,
      })),
    }));
    await folder.write('set/boxes.json', JSON.stringify(photoBoxesOf({ classes, images: found })));
    expect((await read()).images.map(({ objects }) => objects)).toMatchObject([
      [{ box: [10.12, 20, 40, 60.46], boxOrigin: 'found' }],
      [{ boxOrigin: 'found' }],
    ]);
    const text = await readFile(folder.path('set/boxes.json'), 'utf8');
    const document = JSON.parse(text) as { annotations: { bbox: number[] }[] };
    document.annotations[0]!.bbox = [50, 20, 20, 20];
    await folder.write('set/boxes.json', JSON.stringify(document));
    const [corrected, same] = (await read()).images.map(({ objects }) => objects[0]!);
    expect(corrected).toMatchObject({ box: [50, 20, 70, 40] });
    expect(corrected).not.toHaveProperty('boxOrigin');
    expect(same).toHaveProperty('boxOrigin', 'found');
  });

  it('knows found boxes again under names and ids that another tool has written', async () => {
    await photos('cone/1.jpg');
    const bbox = [10, 20, 20, 20];
    const document = {
      images: [{ id: 7, file_name: 'photos\\cone\\1.jpg', width: 100, height: 80 }],
      annotations: [
        { id: 1, image_id: '7', category_id: 1, bbox, attributes: { found: bbox } },
        { id: 2, image_id: 7, category_id: 1, bbox: [1, 2, 3, 4], iscrowd: 1 },
      ],
      categories: [{ id: 1, name: 'cone' }],
    };
    await folder.write('set/boxes.json', JSON.stringify(document));
    const [found, crowd] = (await read()).images[0]!.objects;
    expect(found).toMatchObject({ box: [10, 20, 30, 40], boxOrigin: 'found' });
    expect(crowd).toMatchObject({ crowd: true });
    const written = photoBoxesOf(await read()) as { annotations: object[] };
    expect(written.annotations).toMatchObject([{ iscrowd: 0 }, { iscrowd: 1 }]);
  });

  it('takes Background for the folder of what shows nothing, and no broken link for a class', async () => {
    await photos('cone/1.jpg', 'Background/1.jpg');
    await symlink('/nowhere', folder.path('set/lost'));
    expect((await read()).classes).toEqual(['cone']);
  });

  it.each([
    ['a photo outside the folders', ['a.jpg', 'cone/1.jpg'], /a\.jpg: expected photos in a folder/],
    ['a folder in a class', ['cone/1.jpg', 'cone/in/2.jpg'], /cone.in: expected photos/],
    ['no class', ['background/1.jpg'], /expected a folder of photos per class/],
  ])('refuses %s', async (_, names, message) => {
    await photos(...names);
    await expect(read()).rejects.toThrow(message);
  });

  it('refuses an empty folder and a file of boxes for other photos', async () => {
    await photos('cone/1.jpg');
    await folder.write('set/dog/note.txt', '');
    await expect(read()).rejects.toThrow(/dog: expected photos, found none/);
    await photos('dog/1.jpg');
    await folder.picture('set/dog/in.other', 10, 10).catch(() => undefined);
    const images = [{ id: 1, file_name: 'cone/9.jpg', width: 10, height: 10 }];
    await folder.write(
      'set/boxes.json',
      JSON.stringify({ images, annotations: [], categories: [] }),
    );
    await expect(read()).rejects.toThrow(/boxes\.json/);
    await folder.write('set/boxes.json', '{');
    await expect(read()).rejects.toThrow(/boxes\.json: .*expected JSON/);
  });
});
