import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder, vocXml } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`voc:${folder.path('xml')}:${folder.path('img')}`);
const cat = { name: 'cat', box: [10, 20, 30, 40] };

describe('xmlEntities', () => {
  it('decodes numeric references, once', async () => {
    const names = ['caf&#233;', 'caf&#xE8;', '&#x1F99D; &quot;&lt;&gt;&apos;', '&amp;#233;'];
    await folder.write('xml/a.xml', vocXml(names.map((name) => ({ ...cat, name }))));
    await folder.picture('img/a.jpg');
    const { objects } = (await read()).images[0]!;
    expect(objects.map((object) => object.class)).toEqual(['café', 'cafè', '🦝 "<>\'', '&#233;']);
  });

  it('rejects an entity that a file declares', async () => {
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
});
