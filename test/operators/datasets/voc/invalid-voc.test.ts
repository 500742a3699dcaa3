import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder, vocXml } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = (list = '') => readDataset(`voc:${folder.path('xml')}:${folder.path('img')}${list}`);
const cat = { name: 'cat', box: [10, 20, 30, 40] };

describe('reading an invalid VOC dataset', () => {
  it('rejects two annotations of one picture', async () => {
    await folder.picture('img/b.jpg');
    for (const id of ['a', 'b']) {
      await folder.write(`xml/${id}.xml`, vocXml([], { filename: 'b.jpg' }));
    }
    await expect(readDataset(`voc:${folder.path('xml')}:${folder.path('img')}`)).rejects.toThrow(
      /b\.xml: expected a picture of its own, but .*b\.jpg is also that of a/,
    );
  });

  it('rejects text that is not in UTF-8, with file and line', async () => {
    const xml = vocXml([cat, { ...cat, name: 'caf\u00E9' }]).replaceAll('<object>', '\n<object>');
    await folder.write('xml/a.xml', Buffer.from(xml, 'latin1'));
    await folder.picture('img/a.jpg');
    const path = folder.path('xml/a.xml');
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow('line 3: expected the annotation of a in UTF-8');
    await folder.write('xml/a.xml', xml);
    expect((await read()).classes).toEqual(['caf\u00E9', 'cat']);
  });

  it('rejects a folder whose file names are not in UTF-8', async () => {
    await folder.write('xml/a.xml', vocXml([cat]));
    await folder.picture('img/a.jpg');
    await writeFile(Buffer.from(folder.path('xml/caf\u00E9.xml'), 'latin1'), vocXml([cat]));
    await expect(read()).rejects.toMatchObject({ code: 'bad-file', path: folder.path('xml') });
    await expect(read()).rejects.toThrow('expected file names in UTF-8, found caf\uFFFD.xml');
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
  ])('rejects an annotation that %s, with file and element', async (_, xml, message) => {
    await folder.write('xml/a.xml', xml);
    await folder.picture('img/a.jpg');
    const path = folder.path('xml/a.xml');
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file', path });
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toThrow(new RegExp(`^[^\\n]+$`));
  });

  it('rejects with what is missing', async () => {
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

  it('rejects a file that is not a picture', async () => {
    await folder.write('xml/a.xml', vocXml([cat]));
    await folder.write('img/a.jpg', 'no picture');
    await expect(read()).rejects.toMatchObject({
      code: 'bad-picture',
      path: folder.path('img/a.jpg'),
    });
  });
});
