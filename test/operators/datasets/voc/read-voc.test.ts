import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { bitmap, useDatasetFolder, vocXml } from '../dataset-folder.ts';
import { nothingMended } from '../set-of.ts';

const folder = useDatasetFolder();
const read = (list = '') => readDataset(`voc:${folder.path('xml')}:${folder.path('img')}${list}`);
const cat = { name: 'cat', box: [10, 20, 30, 40] };

describe('reading a VOC dataset', () => {
  it('orders images by name and classes alphabetically', async () => {
    await folder.write('xml/b.xml', vocXml([{ name: 'ape', box: ['1.5', '2', '3.25', ' 4 '] }]));
    await folder.write(
      'xml/a.xml',
      vocXml([
        cat,
        { name: 'Wäsche &amp; Co', box: [0, 0, 100, 80], more: '<difficult>1</difficult>' },
      ]),
    );
    await folder.write('xml/notes.txt', 'not an annotation');
    await folder.picture('img/a.jpg');
    await folder.picture('img/b.jpg');
    expect(await read()).toEqual({
      classes: ['Wäsche & Co', 'ape', 'cat'],
      images: [
        {
          id: 'a',
          path: folder.path('img/a.jpg'),
          width: 100,
          height: 80,
          objects: [
            { class: 'cat', box: [10, 20, 30, 40], difficult: false, crowd: false },
            { class: 'Wäsche & Co', box: [0, 0, 100, 80], difficult: true, crowd: false },
          ],
        },
        {
          id: 'b',
          path: folder.path('img/b.jpg'),
          width: 100,
          height: 80,
          objects: [{ class: 'ape', box: [1.5, 2, 3.25, 4], difficult: false, crowd: false }],
        },
      ],
      warnings: [],
      skipped: [],
      mended: nothingMended,
    });
  });

  it('reads the ids of a list, in its order, without those that PASCAL marks as absent', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await folder.write(`xml/${id}.xml`, vocXml([cat]));
      await folder.picture(`img/${id}.jpg`);
    }
    await folder.write('list.txt', '\uFEFFd.jpg\r\n\r\n  b  1\nc -1\n');
    const { images } = await read(`:${folder.path('list.txt')}`);
    expect(images.map(({ id }) => id)).toEqual(['d', 'b']);
  });

  it('treats spaces in a list as part of the id, except before the mark at the end', async () => {
    for (const id of ['my raccoon (1)', 'a 12', 'b c', 'd e']) {
      await folder.write(`xml/${id}.xml`, vocXml([cat]));
      await folder.picture(`img/${id}.jpg`);
    }
    await folder.write('list.txt', 'my raccoon (1)\na 12.jpg\nb c  1\nd e -1\n');
    const { images } = await read(`:${folder.path('list.txt')}`);
    expect(images.map(({ id }) => id)).toEqual(['my raccoon (1)', 'a 12', 'b c']);
  });

  it('accepts pictures without objects', async () => {
    await folder.write('xml/a.xml', vocXml([]));
    await folder.picture('img/a.jpg');
    expect((await read()).images[0]!.objects).toEqual([]);
  });

  it.each(['a.JPG', 'a.jpeg', 'a.png', 'a.webp', 'a.bmp'])(
    'finds %s by its stem, despite another name in the annotation',
    async (name) => {
      await folder.write('xml/a.xml', vocXml([cat], { filename: 'b.jpg' }));
      if (name.endsWith('.bmp')) await folder.write(`img/${name}`, bitmap(100, 80, [1, 2, 3]));
      else await folder.picture(`img/${name}`);
      await folder.picture('img/b.jpg', 50, 50);
      expect((await read()).images[0]).toMatchObject({
        path: folder.path(`img/${name}`),
        width: 100,
      });
    },
  );

  it('finds a picture by the name in the annotation when none has its stem', async () => {
    await folder.write('xml/0001.xml', vocXml([cat], { filename: 'IMG 7.png' }));
    await folder.picture('img/IMG 7.JPG');
    expect((await read()).images[0]!.path).toBe(folder.path('img/IMG 7.JPG'));
  });

  it('prefers the extension in the annotation', async () => {
    await folder.write('xml/a.xml', vocXml([cat], { filename: 'a.png' }));
    await folder.picture('img/a.jpg');
    await folder.picture('img/a.png');
    expect((await read()).images[0]!.path).toBe(folder.path('img/a.png'));
  });

  it('reads annotations beside their pictures', async () => {
    await folder.write('both/a.xml', vocXml([cat]));
    await folder.picture('both/a.jpg');
    const both = folder.path('both');
    expect((await readDataset(`voc:${both}:${both}`)).images).toHaveLength(1);
  });
});
