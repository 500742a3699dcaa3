import { symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = (below = '') => readDataset(`yolo:${folder.path(below)}`);

describe('reading a YOLO dataset', () => {
  it('rejects labels of two pictures', async () => {
    await folder.write('classes.txt', 'cat');
    for (const name of ['a.jpg', 'a.jpeg']) await folder.picture(name);
    await folder.write('a.txt', '0 0.5 0.5 1 1');
    await expect(readDataset(`yolo:${folder.path('')}`)).rejects.toThrow(
      /a\.txt: expected one picture for these labels, found .*a\.jpeg and .*a\.jpg/,
    );
  });

  it('finds the pictures of a data.yaml whose path is elsewhere', async () => {
    await folder.picture('data/images/val/a.jpg');
    await folder.write('data/labels/val/a.txt', '0 0.5 0.5 1 1');
    await folder.write('yaml/data.yaml', 'path: ../data\nval: images/val\nnames: [cat]\n');
    const set = await readDataset(`yolo:${folder.path('yaml/data.yaml')}#split=val`);
    expect(set.images.map(({ objects }) => objects.length)).toEqual([1]);
  });

  it('pairs images/ with labels/ at any depth', async () => {
    await folder.write('data.yaml', 'names: [cat, 7, ape]\ntrain: images/train\n');
    await folder.picture('images/train/b.png');
    await folder.picture('images/train/a.jpg');
    await folder.picture('valid/images/c.jpg');
    await folder.write('labels/train/b.txt', '2 0.5 0.5 0.2 0.5\r\n\r\n1 0.1 0.125 0.2 0.25\n');
    await folder.write('valid/labels/c.txt', '');
    const { classes, images } = await read();
    expect(classes).toEqual(['cat', '7', 'ape']);
    expect(images.map(({ id }) => id)).toEqual([
      'images/train/a.jpg',
      'images/train/b.png',
      'valid/images/c.jpg',
    ]);
    expect(images.map(({ objects }) => objects.length)).toEqual([0, 2, 0]);
    const [ape, seven] = images[1]!.objects;
    expect(ape).toMatchObject({ class: 'ape', difficult: false, crowd: false });
    [40, 20, 60, 60].forEach((value, i) => expect(ape!.box[i]).toBeCloseTo(value, 9));
    [0, 0, 20, 20].forEach((value, i) => expect(seven!.box[i]).toBeCloseTo(value, 9));
  });

  it('reads labels beside their pictures, and names in classes.txt', async () => {
    await folder.write('classes.txt', 'cat\nape\n\n');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '1 0.5 0.5 1 1');
    const { images } = await read();
    expect(images).toMatchObject([
      { id: 'a.jpg', objects: [{ class: 'ape', box: [0, 0, 100, 80] }] },
    ]);
  });

  it('reads a folder of pictures with the names in its parent', async () => {
    await folder.write('set/data.yaml', 'names:\n  1: ape\n  0: cat\n');
    await folder.picture('set/images/a.jpg');
    await folder.write('set/labels/a.txt', '1 0.5 0.5 1 1');
    expect((await read('set/images')).images).toMatchObject([{ objects: [{ class: 'ape' }] }]);
  });

  it.each(['set/images/train', 'set/images', 'set/images/train/deep'])(
    'reads %s with its labels in labels/, and names a few folders up',
    async (below) => {
      await folder.write('set/data.yaml', 'names: [cat, " ape "]\ntrain: images/train\n');
      await folder.picture('set/images/train/deep/a.jpg');
      await folder.write('set/labels/train/deep/a.txt', '1 0.5 0.5 1 1');
      const { images, classes, warnings } = await read(below);
      expect(classes).toEqual(['cat', 'ape']);
      expect(images).toMatchObject([{ objects: [{ class: 'ape', box: [0, 0, 100, 80] }] }]);
      expect(warnings).toEqual([]);
    },
  );

  it('reads labels beside their pictures in images/, and names beside the labels', async () => {
    await folder.picture('images/a.jpg');
    await folder.picture('images/b.jpg');
    await folder.write('images/a.txt', '1 0.5 0.5 1 1');
    await folder.write('labels/b.txt', '0 0.5 0.5 1 1');
    await folder.write('labels/classes.txt', 'cat\nape');
    for (const below of ['', 'images']) {
      const { images } = await read(below);
      expect(images.map(({ objects }) => objects.map((object) => object.class))).toEqual([
        ['ape'],
        ['cat'],
      ]);
    }
  });

  it('warns about a folder with several splits of data.yaml', async () => {
    const [train, val] = ['../train/images', 'C:\\set\\valid\\images'];
    await folder.write('data.yaml', `names: [cat]\ntrain: ${train}\nval: ['${val}', none]\n`);
    for (const split of ['train', 'valid']) {
      await folder.picture(`${split}/images/a.jpg`);
      await folder.write(`${split}/labels/a.txt`, '0 0.5 0.5 1 1');
    }
    const { images, warnings } = await read();
    expect(images).toHaveLength(2);
    const splits = ['train in {}/train/images', 'val in {}/valid/images'].join(', ');
    expect(warnings).toEqual([
      `{} contains several splits of {}/data.yaml: ${splits}; name the folder of one, or add #split=train, val or test, to use it alone`.replaceAll(
        '{}',
        folder.path(''),
      ),
    ]);
    for (const split of ['train', 'valid/images']) {
      expect((await read(split)).warnings).toEqual([]);
    }
  });

  it('counts pictures without labels', async () => {
    await folder.write('classes.txt', 'cat');
    for (const name of ['a', 'b', 'c', 'd']) await folder.picture(`${name}.jpg`);
    await folder.write('a.txt', '0 0.5 0.5 1 1');
    await folder.write('b.txt', '');
    const { images, mended, warnings } = await read();
    expect(images.map(({ objects }) => objects.length)).toEqual([1, 0, 0, 0]);
    expect(mended).toMatchObject({ unlabelledImages: 2 });
    expect(warnings).toEqual([
      `2 pictures have no label file and count as empty, first: ${folder.path('c.jpg')}`,
    ]);
  });

  it.each([
    ['', 'b.txt', ''],
    ['', 'labels/train/b.txt', 'images/train'],
    ['images/train', 'labels/train/b.txt', 'images/train'],
  ])('rejects labels without a picture: in %j, %s', async (below, labels, where) => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('images/train/a.jpg');
    await folder.write('labels/train/a.txt', '0 0.5 0.5 1 1');
    await folder.write(labels, '\n0 0.5 0.5 0.1 0.1\n');
    const path = folder.path(labels);
    await expect(read(below)).rejects.toMatchObject({
      name: 'DatasetError',
      code: 'not-found',
      path,
    });
    const expected = `expected a picture named b in ${folder.path(where)}`;
    await expect(read(below)).rejects.toThrow(new RegExp(`: ${expected}$`));
  });

  it('ignores notes and lists beside the pictures', async () => {
    await folder.write('classes.txt', '1\n2');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '0 0.5 0.5 1 1');
    await folder.write('README.txt', Buffer.from('5 photos of the caf\u00E9 in 2020', 'latin1'));
    await folder.write('train.txt', './a.jpg\n');
    await folder.write('anchors.txt', '10 13 16 30 33 23 30 61\n');
    await folder.write('empty.txt', '');
    expect((await read()).images).toHaveLength(1);
  });

  it('follows links to folders, but not in cycles', async () => {
    await folder.write('set/classes.txt', 'cat');
    await folder.picture('elsewhere/a.jpg');
    await folder.write('set/labels/train/a.txt', '0 0.5 0.5 1 1');
    await folder.write('set/images/note', '');
    await symlink(folder.path('elsewhere'), folder.path('set/images/train'));
    await symlink(folder.path('set'), folder.path('elsewhere/back'));
    await symlink('self', folder.path('set/self'));
    const { images } = await read('set');
    expect(images).toMatchObject([{ id: 'images/train/a.jpg', objects: [{ class: 'cat' }] }]);
  });

  it('rejects folders that are nested too deeply', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('1/2/3/4/5/6/7/8/a.jpg');
    await folder.write('1/2/3/4/5/6/7/8/a.txt', '0 0.5 0.5 1 1');
    expect((await read()).images).toHaveLength(1);
    await folder.picture('1/2/3/4/5/6/7/8/9/b.jpg');
    await expect(read()).rejects.toMatchObject({ path: folder.path('1/2/3/4/5/6/7/8/9') });
    await expect(read()).rejects.toThrow('expected folders at most 8 deep');
  });

  it('uses the bounding box of a polygon', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '0 0.1 0.5 0.3 0.25 0.2 0.75');
    const { box } = (await read()).images[0]!.objects[0]!;
    [10, 20, 30, 60].forEach((value, i) => expect(box[i]).toBeCloseTo(value, 9));
  });

  it('clips boxes to the picture and counts them', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '0 0.9 0.5 0.4 0.5\n0 0.5 0.5 0 0.1\n');
    expect((await read()).mended).toEqual({
      clippedBoxes: 1,
      droppedBoxes: 1,
      otherSizes: 0,
      unlabelledImages: 0,
      turnedImages: 0,
      brokenPictures: 0,
    });
  });

  it.each([
    ['0 0.5 0.5 0.1 x', 'line 1: expected numbers'],
    ['0 0.5 0.5 0.1 0.1\n2 0.5 0.5 0.1 0.1', 'line 2: expected a class from 0 to 1, found 2'],
    ['0.5 0.5 0.5 0.1 0.1', 'expected a class from 0 to 1, found 0.5'],
    ['-1 0.5 0.5 0.1 0.1', 'expected a class from 0 to 1, found -1'],
    ['0 0.5 0.5 0.1', 'expected a class and 4 values'],
    ['0 0.5 0.5 0.1 0.1 1.5', 'found 5 values behind the class'],
    ['0 0x1 0.5 0.1 0.1', 'line 1: expected numbers'],
    ['0 0.5 0.5 -0.1 0.1', 'line 1: expected a width and height of 0 or more'],
    ['0 0.5 0.5 0.1 -0.1', 'line 1: expected a width and height of 0 or more'],
    ['0 50 40 20 10', 'expected shares of the picture, 0 to 1'],
  ])('rejects labels like %j with file and line', async (text, message) => {
    await folder.write('classes.txt', 'cat\nape');
    await folder.picture('a.jpg');
    await folder.write('a.txt', text);
    const path = folder.path('a.txt');
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow(message);
  });

  it.each<[string, string | Buffer, string]>([
    ['data.yaml', 'names: [a', 'expected YAML'],
    ['data.yaml', 'nc: 3', 'names: expected a list of names, or a map'],
    ['data.yaml', 'names: {0: a, 2: b}', 'the numbers from 0 on, 1 is missing'],
    ['data.yaml', 'names: [a, " "]', 'names: expected a name for class 1, found none'],
    [
      'classes.txt',
      Buffer.from('cat\ncaf\u00E9', 'latin1'),
      'line 2: expected class names in UTF-8',
    ],
    ['classes.txt', 'a\n\nb', 'line 2: expected a class name'],
    ['classes.txt', '', 'line 1: expected a class name'],
  ])('rejects an invalid %s: %j', async (name, text, message) => {
    await folder.write(name, text);
    await folder.picture('a.jpg');
    await expect(read()).rejects.toMatchObject({ code: 'bad-file', path: folder.path(name) });
    await expect(read()).rejects.toThrow(message);
  });

  it('rejects with what is missing', async () => {
    await expect(read('nowhere')).rejects.toMatchObject({ code: 'not-found' });
    await folder.write('notes.md', '');
    await expect(read()).rejects.toMatchObject({ code: 'empty' });
    await folder.picture('images/a.jpg');
    await expect(read()).rejects.toThrow('expected data.yaml or classes.txt');
    await folder.write('classes.txt', 'cat');
    await expect(read()).rejects.toThrow(`expected labels such as ${folder.path('labels/a.txt')}`);
  });
});
