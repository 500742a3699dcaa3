import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = (signal?: AbortSignal) =>
  readDataset(
    `coco:${folder.path('set.json')}:${folder.path('img')}`,
    signal === undefined ? {} : { signal },
  );

const images = '"images":[{"id":1,"file_name":"a.jpg"}]';
const annotations = '"annotations":[{"image_id":1,"category_id":0,"bbox":[1,2,3,4]}]';
const categories = '"categories":[{"id":0,"name":"cat"}]';

describe('the files of COCO datasets', () => {
  it.each([
    [images, annotations, categories],
    [annotations, images, categories],
    ['"info":{"year":[2017]},"licenses":[{"id":1}]', categories, annotations, images, '"x":null'],
  ])('may have their sections in any order: %#', async (...sections) => {
    await folder.picture('img/a.jpg');
    await folder.write('set.json', `\ufeff{${sections.join(' ,\n')}}`);
    const set = await read();
    expect(set.images[0]!.objects).toEqual([
      { class: 'cat', box: [1, 2, 4, 6], difficult: false, crowd: false },
    ]);
  });

  it('takes "1" for 1, in references and ids', async () => {
    await folder.picture('img/a.jpg');
    const texts = annotations.replace('1,"category_id":0', '"1","category_id":"0"');
    await folder.write('set.json', `{${images},${texts},${categories}}`);
    expect((await read()).images[0]!.objects).toHaveLength(1);
    const asTexts = images.replace('"id":1', '"id":"1"');
    await folder.write('set.json', `{${asTexts},${annotations},${categories}}`);
    expect((await read()).images[0]!.objects).toHaveLength(1);
  });

  it('joins categories of one name, and may have an empty picture', async () => {
    await folder.picture('img/a.jpg');
    const two = '"categories":[{"id":0,"name":"cat"},{"id":5,"name":" Cat"}]';
    await folder.write('set.json', `{${images},"annotations":[],${two}}`);
    expect(await read()).toMatchObject({ classes: ['cat'], images: [{ objects: [] }] });
  });

  it.each<[string, string]>([
    [`{${images},${annotations}`, 'annotations: expected JSON: the file ends too early'],
    [`{${images},"annotations":[{"image_id":1,`, 'annotations.0: expected JSON: the file ends'],
    [`{${images},${annotations}}`, 'categories: expected an array'],
    [`{${images},${annotations},${categories},${images}}`, 'images: expected this key once'],
    [
      `{${images},${annotations.replace('[1,', '[NaN,')},${categories}}`,
      'annotations.0: expected JSON: Unexpected token',
    ],
    [
      `{${images},${annotations.replace('[1,', '[-Infinity,')},${categories}}`,
      'annotations.0: expected JSON: ',
    ],
    [
      `{${images},${annotations.replace('[1,', '[1e999,')},${categories}}`,
      'annotations.0.bbox.0: ',
    ],
    [
      `{${images},${annotations.replace('}', ',}')},${categories}}`,
      'annotations.0: expected JSON: ',
    ],
    [`[{${images}}]`, 'top level: expected an object'],
    ['"images"', 'top level: expected JSON: expected an object or an array'],
    [`{${images},"annotations":[7],${categories}}`, 'annotations.0: '],
    [`{"images":{},${annotations},${categories}}`, 'images: expected an array'],
  ])('rejects %s', async (text, message) => {
    await folder.picture('img/a.jpg');
    await folder.write('set.json', text);
    const error: unknown = await read().catch((each: unknown) => each);
    expect(error).toMatchObject({ name: 'DatasetError', code: 'bad-file' });
    expect((error as Error).message).toContain(`${folder.path('set.json')}: ${message}`);
  });

  it('rejects text that is not UTF-8, where it is', async () => {
    await folder.picture('img/a.jpg');
    const text = `{${images},${annotations},${categories.replace('"cat"', '"caf\u00e9"')}}`;
    await folder.write('set.json', Buffer.from(text, 'latin1'));
    await expect(read()).rejects.toThrow('categories.0: expected JSON: expected UTF-8');
  });

  it('keeps pictures of one name apart, and refuses two entries on one file', async () => {
    const two =
      '"images":[{"id":1,"file_name":"cam1\\\\0001.jpg"},{"id":2,"file_name":"cam2\\\\0001.jpg"}]';
    await folder.write('set.json', `{${two},${annotations},${categories}}`);
    await folder.picture('img/cam1/0001.jpg', 100, 80);
    await folder.picture('img/cam2/0001.jpg', 50, 40);
    expect((await read()).images.map(({ path }) => path)).toEqual([
      folder.path('img/cam1/0001.jpg'),
      folder.path('img/cam2/0001.jpg'),
    ]);
    const one = two.replaceAll('cam', 'other');
    await folder.write('set.json', `{${one},${annotations},${categories}}`);
    await expect(read()).rejects.toThrow('images.0.file_name: expected one picture');
    await folder.write('set2.json', `{${two},${annotations},${categories}}`);
    await folder.picture('flat/0001.jpg');
    await expect(
      readDataset(`coco:${folder.path('set2.json')}:${folder.path('flat')}`),
    ).rejects.toThrow('images.1.file_name: expected a picture of its own');
  });

  it('ends with the signal while the file is read', async () => {
    await folder.picture('img/a.jpg');
    await folder.write('set.json', `{${images},${annotations},${categories}}`);
    const reason = new Error('interrupted');
    await expect(read(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('finds the first of several repeated ids', async () => {
    await folder.picture('img/a.jpg');
    const ids = [5, '7', 1, 'x', '5', 1, 'x'];
    const list = ids.map((id) => ({ id, image_id: 1, category_id: 0, bbox: [1, 2, 3, 4] }));
    const write = (each: readonly object[]) =>
      folder.write('set.json', `{${images},"annotations":${JSON.stringify(each)},${categories}}`);
    await write(list);
    await expect(read()).rejects.toThrow('annotations.4.id: expected every id once, found 5 twice');
    await write(list.filter(({ id }) => id !== '5'));
    await expect(read()).rejects.toThrow('annotations.4.id: expected every id once, found 1 twice');
    await write([...list.slice(0, 4), { ...list[0]!, id: 'x' }]);
    await expect(read()).rejects.toThrow('annotations.4.id: expected every id once, found x twice');
    await write(list.slice(0, 4));
    expect((await read()).images[0]!.objects).toHaveLength(4);
  });
});
