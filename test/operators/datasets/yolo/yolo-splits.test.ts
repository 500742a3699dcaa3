import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = (below = '/') => readDataset(`yolo:${folder.path('')}${below}`);
const idsOf = async (below: string) => (await read(below)).images.map(({ id }) => id);

async function writePictures(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await folder.picture(`${name}.jpg`);
    await folder.write(`${name.replace('images', 'labels')}.txt`, '0 0.5 0.5 1 1');
  }
}

describe('splits of a YOLO set', () => {
  it.each([
    ['folders', 'train: images/train\nval: images/val'],
    ['folders of a path', 'path: .\ntrain: images/train/\nval: ./images/val'],
    ['folders written from beside', 'train: ../images/train\nval: ../images/val'],
    ['folders of another machine', 'train: /nowhere/images/train\nval: C:\\set\\images\\val'],
    [
      'folders of a path that is elsewhere',
      'path: ../datasets/set\ntrain: images/train\nval: images/val',
    ],
    ['lists of folders', 'train: [images/train]\nval: [images/val]\ntest: null'],
    ['files of paths', 'train: train.txt\nval: lists/val.txt'],
    ['lists of files', 'train: [train.txt]\nval:\n  - lists/val.txt'],
    ['nothing, but lists beside the pictures', ''],
  ])('are read alone, given as %s', async (_, yaml) => {
    await folder.write('data.yaml', `names: [cat]\n${yaml}\n`);
    await writePictures('images/train/a', 'images/train/b', 'images/val/c');
    if (yaml.includes('txt') || yaml === '') {
      await folder.write('train.txt', './images/train/a.jpg\nimages\\train\\b.jpg\n\n');
      const from = yaml === '' ? 'val.txt' : 'lists/val.txt';
      await folder.write(from, '/home/me/set/images/val/c.jpg\n');
    }
    expect(await idsOf('/#split=train')).toEqual(['images/train/a.jpg', 'images/train/b.jpg']);
    expect(await idsOf('/#split=val')).toEqual(['images/val/c.jpg']);
    const all = await read();
    expect(all.images).toHaveLength(3);
    expect(all.warnings).toHaveLength(1);
    expect(all.warnings[0]).toContain('several splits');
    expect(all.warnings[0]).toContain('add #split=train, val or test, to use it alone');
    await expect(read('/#split=test')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are obeyed where lists leave pictures out', async () => {
    await folder.write('classes.txt', 'cat');
    await writePictures('a', 'b', 'c');
    await folder.write('train.txt', 'data/obj/a.jpg\nb.jpg');
    const { images, warnings } = await read();
    expect(images.map(({ id }) => id)).toEqual(['a.jpg', 'b.jpg']);
    expect(warnings).toEqual([
      `1 pictures are in no list of the set and were left out, first: ${folder.path('c.jpg')}`,
    ]);
  });

  it('are found from a relative folder and from the data.yaml itself', async () => {
    await folder.write('set/data.yaml', 'names: [cat]\ntrain: train.txt\nval: ../other/images\n');
    await folder.write('set/train.txt', folder.path('set/images/a.jpg'));
    await writePictures('set/images/a', 'set/images/b', 'other/images/c');
    const here = relative(process.cwd(), folder.path('set'));
    for (const set of [here, `${here}/data.yaml`, folder.path('set/data.yaml')]) {
      const train = await readDataset(`yolo:${set}#split=train`);
      expect(train.images).toMatchObject([{ id: 'images/a.jpg', objects: [{ class: 'cat' }] }]);
      const val = await readDataset(`yolo:${set}#split=val`);
      expect(val.images).toMatchObject([
        { id: '../other/images/c.jpg', objects: [{ class: 'cat' }] },
      ]);
      expect((await readDataset(`yolo:${set}`)).images.map(({ id }) => id)).toEqual([
        'images/a.jpg',
      ]);
    }
  });

  it('warn of pictures that are in two of them', async () => {
    await folder.write('data.yaml', 'names: [cat]\ntrain: [images/a, images/b]\nval: images/b\n');
    await writePictures('images/a/1', 'images/b/2');
    const { images, warnings } = await read('/#split=val');
    expect(images).toHaveLength(1);
    expect(warnings).toEqual([
      `1 of 1 pictures of val are in train too, first: ${folder.path('images/b/2.jpg')}`,
    ]);
  });

  it.each([
    ['images/a.jpg\nimages/x.jpg', 'line 2: expected the picture images/x.jpg in'],
    ['images/a.jpg\n\n./images/a.jpg', 'line 3: expected every picture once, but'],
    ['images/a.jpg\nimages/notes.txt', 'line 2: expected the path of a picture, found'],
    ['\n', 'expected paths of pictures, found none'],
  ])('are refused where a list is wrong: %j', async (list, message) => {
    await folder.write('data.yaml', 'names: [cat]\ntrain: train.txt\n');
    await folder.write('train.txt', list);
    await writePictures('images/a');
    for (const spec of ['/', '/#split=train']) {
      await expect(read(spec)).rejects.toMatchObject({
        name: 'DatasetError',
        path: folder.path('train.txt'),
      });
      await expect(read(spec)).rejects.toThrow(message);
    }
  });

  it.each([
    ['train: train.txt', '/', 'train: expected train.txt in'],
    ['val: images/val', '/#split=val', 'val: expected images/val in'],
    ['train: 7', '/', 'train: expected a folder, a file of paths or a list of these'],
    ['train: images', '/#split=test', 'expected test in'],
    ['train: empty', '/#split=train', 'expected pictures of train, found none'],
  ])('are refused where %j is not there', async (yaml, spec, message) => {
    await folder.write('data.yaml', `names: [cat]\n${yaml}\n`);
    await folder.write('empty/notes.md', '');
    await writePictures('images/a');
    await expect(read(spec)).rejects.toThrow(message);
  });
});
