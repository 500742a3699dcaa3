import { describe, expect, it } from 'vitest';
import { readLabelledSet } from '../../../operators/ingest/labelled-set/read-labelled-set.ts';
import { useSetFolder } from './set-folder.ts';

const folder = useSetFolder();
const read = (below = '') => readLabelledSet(`yolo:${folder.path(below)}`);

describe('reading a YOLO set', () => {
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

  it('reads labels beside their pictures, names from classes.txt', async () => {
    await folder.write('classes.txt', 'cat\nape\n\n');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '1 0.5 0.5 1 1');
    const { images } = await read();
    expect(images).toMatchObject([
      { id: 'a.jpg', objects: [{ class: 'ape', box: [0, 0, 100, 80] }] },
    ]);
  });

  it('reads one split, or its pictures, with the names in the folder above', async () => {
    await folder.write('set/data.yaml', 'names:\n  1: ape\n  0: cat\n');
    await folder.picture('set/images/a.jpg');
    await folder.write('set/labels/a.txt', '1 0.5 0.5 1 1');
    expect((await read('set/images')).images).toMatchObject([{ objects: [{ class: 'ape' }] }]);
  });

  it('takes the bounds of an outline', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '0 0.1 0.5 0.3 0.25 0.2 0.75');
    const { box } = (await read()).images[0]!.objects[0]!;
    [10, 20, 30, 60].forEach((value, i) => expect(box[i]).toBeCloseTo(value, 9));
  });

  it('cuts boxes to the picture and counts them', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('a.jpg');
    await folder.write('a.txt', '0 0.9 0.5 0.4 0.5\n0 0.5 0.5 0 0.1\n');
    expect((await read()).mended).toEqual({ clippedBoxes: 1, droppedBoxes: 1, otherSizes: 0 });
  });

  it.each([
    ['0 0.5 0.5 0.1 x', 'line 1: expected numbers'],
    ['0 0.5 0.5 0.1 0.1\n2 0.5 0.5 0.1 0.1', 'line 2: expected a class from 0 to 1, found 2'],
    ['0.5 0.5 0.5 0.1 0.1', 'expected a class from 0 to 1, found 0.5'],
    ['-1 0.5 0.5 0.1 0.1', 'expected a class from 0 to 1, found -1'],
    ['0 0.5 0.5 0.1', 'expected a class and 4 values'],
    ['0 0.5 0.5 0.1 0.1 0.9', 'expected a class and 4 values'],
    ['0 0.5 0.5 -0.1 0.1', 'line 1: expected a width and height of 0 or more'],
    ['0 0.5 0.5 0.1 -0.1', 'line 1: expected a width and height of 0 or more'],
    ['0 50 40 20 10', 'expected shares of the picture, 0 to 1'],
  ])('names file and line of labels like %j', async (text, message) => {
    await folder.write('classes.txt', 'cat\nape');
    await folder.picture('a.jpg');
    await folder.write('a.txt', text);
    const path = folder.path('a.txt');
    await expect(read()).rejects.toMatchObject({ name: 'SetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow(message);
  });

  it.each([
    ['data.yaml', 'names: [a', 'expected YAML'],
    ['data.yaml', 'nc: 3', 'names: expected a list of names, or a map'],
    ['data.yaml', 'names: {0: a, 2: b}', 'the numbers from 0 on, 1 is missing'],
    ['classes.txt', 'a\n\nb', 'line 2: expected a class name'],
    ['classes.txt', '', 'line 1: expected a class name'],
  ])('names what is wrong in %s: %j', async (name, text, message) => {
    await folder.write(name, text);
    await folder.picture('a.jpg');
    await expect(read()).rejects.toMatchObject({ code: 'bad-file', path: folder.path(name) });
    await expect(read()).rejects.toThrow(message);
  });

  it('names what is missing', async () => {
    await expect(read('nowhere')).rejects.toMatchObject({ code: 'not-found' });
    await folder.write('notes.md', '');
    await expect(read()).rejects.toMatchObject({ code: 'empty' });
    await folder.picture('images/a.jpg');
    await expect(read()).rejects.toThrow('expected data.yaml or classes.txt');
    await folder.write('classes.txt', 'cat');
    await expect(read()).rejects.toThrow(`expected labels such as ${folder.path('labels/a.txt')}`);
  });
});
