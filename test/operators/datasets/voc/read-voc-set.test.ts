import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readLabelledSet } from '../../../../operators/datasets/read-labelled-set.ts';
import { bitmap, useSetFolder, vocXml } from '../set-folder.ts';

const folder = useSetFolder();
const read = (list = '') =>
  readLabelledSet(`voc:${folder.path('xml')}:${folder.path('img')}${list}`);
const cat = { name: 'cat', box: [10, 20, 30, 40] };

describe('reading a VOC set', () => {
  it('gives images in the order of their names, with classes sorted', async () => {
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
      mended: { clippedBoxes: 0, droppedBoxes: 0, otherSizes: 0, unlabelledImages: 0 },
    });
  });

  it('follows a list, in its order, and leaves out what PASCAL marks as absent', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await folder.write(`xml/${id}.xml`, vocXml([cat]));
      await folder.picture(`img/${id}.jpg`);
    }
    await folder.write('list.txt', '\uFEFFd.jpg\r\n\r\n  b  1\nc -1\n');
    const { images } = await read(`:${folder.path('list.txt')}`);
    expect(images.map(({ id }) => id)).toEqual(['d', 'b']);
  });

  it('takes spaces in a list for a part of the name, but for the mark at the end', async () => {
    for (const id of ['my raccoon (1)', 'a 12', 'b c', 'd e']) {
      await folder.write(`xml/${id}.xml`, vocXml([cat]));
      await folder.picture(`img/${id}.jpg`);
    }
    await folder.write('list.txt', 'my raccoon (1)\na 12.jpg\nb c  1\nd e -1\n');
    const { images } = await read(`:${folder.path('list.txt')}`);
    expect(images.map(({ id }) => id)).toEqual(['my raccoon (1)', 'a 12', 'b c']);
  });

  it('understands numeric references, once', async () => {
    const names = ['caf&#233;', 'caf&#xE8;', '&#x1F99D; &quot;&lt;&gt;&apos;', '&amp;#233;'];
    await folder.write('xml/a.xml', vocXml(names.map((name) => ({ ...cat, name }))));
    await folder.picture('img/a.jpg');
    const { objects } = (await read()).images[0]!;
    expect(objects.map((object) => object.class)).toEqual(['café', 'cafè', '🦝 "<>\'', '&#233;']);
  });

  it('expands no entity that a file declares', async () => {
    const first = '<!DOCTYPE x [<!ENTITY e0 "ha">';
    const others = Array.from(
      { length: 9 },
      (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
    );
    const xml = vocXml([{ ...cat, name: '&e9;' }]);
    await folder.write('xml/a.xml', `${[first, ...others].join('\n')}]>\n${xml}`);
    await folder.picture('img/a.jpg');
    await expect(read()).rejects.toMatchObject({
      code: 'bad-file',
      path: folder.path('xml/a.xml'),
    });
    await folder.write('xml/a.xml', `${first}]>\n${vocXml([{ ...cat, name: '&e0;' }])}`);
    await expect(read()).rejects.toThrow('expected XML, line 2: unknown entity &e0;');
  });

  it('names the file and the line of text that is not in UTF-8', async () => {
    const xml = vocXml([cat, { ...cat, name: 'caf\u00E9' }]).replaceAll('<object>', '\n<object>');
    await folder.write('xml/a.xml', Buffer.from(xml, 'latin1'));
    await folder.picture('img/a.jpg');
    const path = folder.path('xml/a.xml');
    await expect(read()).rejects.toMatchObject({ name: 'SetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow('line 3: expected the annotation of a in UTF-8');
    await folder.write('xml/a.xml', xml);
    expect((await read()).classes).toEqual(['caf\u00E9', 'cat']);
  });

  it('names a folder whose file names are not in UTF-8', async () => {
    await folder.write('xml/a.xml', vocXml([cat]));
    await folder.picture('img/a.jpg');
    await writeFile(Buffer.from(folder.path('xml/caf\u00E9.xml'), 'latin1'), vocXml([cat]));
    await expect(read()).rejects.toMatchObject({ code: 'bad-file', path: folder.path('xml') });
    await expect(read()).rejects.toThrow('expected file names in UTF-8, found caf\uFFFD.xml');
  });

  it('takes pictures that hold nothing', async () => {
    await folder.write('xml/a.xml', vocXml([]));
    await folder.picture('img/a.jpg');
    expect((await read()).images[0]!.objects).toEqual([]);
  });

  it.each(['a.JPG', 'a.jpeg', 'a.png', 'a.webp', 'a.bmp'])(
    'finds %s by its stem, whatever the annotation calls it',
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

  it('goes by the name in the annotation where no picture has its stem', async () => {
    await folder.write('xml/0001.xml', vocXml([cat], { filename: 'IMG 7.png' }));
    await folder.picture('img/IMG 7.JPG');
    expect((await read()).images[0]!.path).toBe(folder.path('img/IMG 7.JPG'));
  });

  it('prefers the extension that the annotation names', async () => {
    await folder.write('xml/a.xml', vocXml([cat], { filename: 'a.png' }));
    await folder.picture('img/a.jpg');
    await folder.picture('img/a.png');
    expect((await read()).images[0]!.path).toBe(folder.path('img/a.png'));
  });

  it('reads annotations that lie beside their pictures', async () => {
    await folder.write('both/a.xml', vocXml([cat]));
    await folder.picture('both/a.jpg');
    const both = folder.path('both');
    expect((await readLabelledSet(`voc:${both}:${both}`)).images).toHaveLength(1);
  });

  it('takes the size from the picture where the annotation is silent or wrong', async () => {
    await folder.write('xml/a.xml', vocXml([cat], { size: '' }));
    await folder.write('xml/b.xml', vocXml([cat], { size: '<width>0</width><height>0</height>' }));
    await folder.write(
      'xml/c.xml',
      vocXml([{ name: 'cat', box: [10, 20, 95, 40] }], {
        size: '<width>80</width><height>100</height>',
      }),
    );
    for (const id of ['a', 'b', 'c']) await folder.picture(`img/${id}.jpg`);
    const { images, mended, warnings } = await read();
    expect(images.map(({ width, height }) => [width, height])).toEqual([
      [100, 80],
      [100, 80],
      [100, 80],
    ]);
    expect(images[2]!.objects[0]!.box).toEqual([10, 20, 95, 40]);
    expect(mended).toEqual({
      clippedBoxes: 0,
      droppedBoxes: 0,
      otherSizes: 1,
      unlabelledImages: 0,
    });
    expect(warnings).toEqual([
      `1 pictures have another size than their annotation says, first: ${folder.path('img/c.jpg')} is 100×80, not 80×100`,
    ]);
  });

  it('goes by stored pixels, whatever EXIF says of the orientation', async () => {
    await folder.write('xml/a.xml', vocXml([cat]));
    await folder.picture('img/a.jpg', 100, 80, (p) => p.withMetadata({ orientation: 6 }));
    expect((await read()).images[0]).toMatchObject({ width: 100, height: 80 });
  });

  it('cuts boxes to the picture, leaves out those without area, and counts both', async () => {
    const boxes = [
      [-5, 20, 30, 40],
      [90, 70, 100.4, 80],
      [90, 70, 130, 90],
      [40, 40, 40, 60],
      [200, 0, 220, 10],
    ];
    await folder.write('xml/a.xml', vocXml(boxes.map((box) => ({ name: 'cat', box }))));
    await folder.picture('img/a.jpg');
    const { images, mended, warnings } = await read();
    expect(images[0]!.objects.map(({ box }) => box)).toEqual([
      [0, 20, 30, 40],
      [90, 70, 100, 80],
      [90, 70, 100, 80],
    ]);
    expect(mended).toEqual({
      clippedBoxes: 2,
      droppedBoxes: 2,
      otherSizes: 0,
      unlabelledImages: 0,
    });
    const path = folder.path('img/a.jpg');
    expect(warnings).toEqual([
      `2 boxes reach past their picture and were cut, first: cat at -5,20,30,40 in ${path}`,
      `2 boxes have no area in their picture and were left out, first: cat at 40,40,40,60 in ${path}`,
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['is cut short', vocXml([cat]).slice(0, 120), /expected XML, line 1: /],
    ['is empty', '', /expected XML, line 1: /],
    ['is something else', '<html><body></body></html>', /: annotation: /],
    [
      'has an object without a name',
      '<annotation><object><bndbox/></object></annotation>',
      /annotation\.object\.0\.name: /,
    ],
    [
      'has an object without a box',
      '<annotation><object><name>a</name></object></annotation>',
      /annotation\.object\.0\.bndbox: /,
    ],
    [
      'has words for numbers',
      vocXml([cat, { name: 'a', box: [1, 'two', 3, 4] }]),
      /annotation\.object\.1\.bndbox\.ymin: expected a number/,
    ],
    [
      'has a number left out',
      vocXml([{ name: 'a', box: [1, 2, '', 4] }]),
      /annotation\.object\.0\.bndbox\.xmax: expected a number/,
    ],
    [
      'has an entity of HTML',
      vocXml([cat, { ...cat, name: '\n&eacute;' }]),
      /expected XML, line 2: unknown entity &eacute;/,
    ],
    [
      'has a character that XML lacks',
      vocXml([{ ...cat, name: 'a&#0;' }]),
      /expected XML, line 1: unknown entity &#0;/,
    ],
    [
      'has left and right swapped',
      vocXml([cat, { name: 'a', box: [60, 40, 50, 60] }]),
      /annotation\.object\.1\.bndbox: expected xmin <= xmax and ymin <= ymax, found 60, 40, 50, 60/,
    ],
    [
      'has top and bottom swapped',
      vocXml([{ name: 'a', box: [40, 60.5, 50, 60] }]),
      /annotation\.object\.0\.bndbox: expected xmin <= xmax and ymin <= ymax, found 40, 60\.5, 50, 60/,
    ],
  ])('names the file and the place where an annotation %s', async (_, xml, message) => {
    await folder.write('xml/a.xml', xml);
    await folder.picture('img/a.jpg');
    const path = folder.path('xml/a.xml');
    await expect(read()).rejects.toMatchObject({ name: 'SetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toThrow(new RegExp(`^[^\\n]+$`));
  });

  it('names what is missing', async () => {
    await expect(read()).rejects.toMatchObject({ code: 'not-found', path: folder.path('img') });
    await folder.picture('img/b.jpg');
    await expect(read()).rejects.toMatchObject({ code: 'not-found', path: folder.path('xml') });
    await folder.write('xml/readme.txt', '');
    await expect(read()).rejects.toMatchObject({ code: 'empty', path: folder.path('xml') });
    await folder.write('xml/a.xml', vocXml([cat]));
    await expect(read()).rejects.toThrow(`expected a picture named a in ${folder.path('img')}`);
    const list = `:${folder.path('list.txt')}`;
    await expect(read(list)).rejects.toThrow(
      'expected a list of image ids, but there is no such file',
    );
    await folder.write('list.txt', '\n');
    await expect(read(list)).rejects.toMatchObject({ code: 'empty' });
    await folder.write('list.txt', 'q');
    await expect(read(list)).rejects.toMatchObject({ path: folder.path('xml/q.xml') });
    await folder.write('list.txt', 'a\na');
    await expect(read(list)).rejects.toThrow('expected every id once, found a twice');
  });

  it('names a picture that is none', async () => {
    await folder.write('xml/a.xml', vocXml([cat]));
    await folder.write('img/a.jpg', 'no picture');
    await expect(read()).rejects.toMatchObject({
      code: 'bad-picture',
      path: folder.path('img/a.jpg'),
    });
  });
});
