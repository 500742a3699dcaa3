import { readFile } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { uprightBox } from '../../../operators/datasets/upright-box.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { useDatasetFolder, vocXml } from './dataset-folder.ts';

interface ExifFixture {
  readonly storedBox: Box;
  readonly stored: readonly [number, number];
  readonly cases: readonly {
    readonly orientation: number;
    readonly kind: string;
    readonly file: string;
    readonly size: readonly [number, number];
    readonly box: Box;
    readonly corners: readonly (readonly number[])[];
  }[];
}

const fixture = JSON.parse(
  await readFile(new URL('fixtures/exif.json', import.meta.url), 'utf8'),
) as ExifFixture;
const [width, height] = fixture.stored;
const cases = fixture.cases.map((each) => [each.orientation, each.kind, each] as const);
const sizeOf = (w: number, h: number) => `<width>${w}</width><height>${h}</height>`;
const folder = useDatasetFolder();
const read = (options = '') =>
  readDataset(`voc:${folder.path('xml')}:${folder.path('img')}${options}`);
const turned = (orientation: number) => (picture: Sharp) => picture.withMetadata({ orientation });

describe('pictures with an EXIF orientation', () => {
  it.each(cases)('are read as Pillow reads them: %i of a %s', async (orientation, kind, truth) => {
    await folder.write(`a.${kind}`, Buffer.from(truth.file, 'base64'));
    const picture = await loadPicture({ path: folder.path(`a.${kind}`) }, { viewSize: 32 });
    expect([picture.width, picture.height]).toEqual(truth.size);
    const pixel = (x: number, y: number) => [
      ...picture.full.subarray((y * picture.width + x) * 3, (y * picture.width + x) * 3 + 3),
    ];
    const [w, h] = truth.size;
    expect([pixel(0, 0), pixel(w - 1, 0), pixel(0, h - 1)]).toEqual(truth.corners);
    expect(uprightBox(fixture.storedBox, orientation, { width, height })).toEqual(truth.box);
  });

  it.each(cases)(
    'have boxes in the pixels of the stated size: %i of a %s',
    async (orientation, kind, truth) => {
      await folder.write(`img/a.${kind}`, Buffer.from(truth.file, 'base64'));
      const upright = vocXml([{ name: 'cat', box: truth.box }], { size: sizeOf(...truth.size) });
      const stored = vocXml([{ name: 'cat', box: fixture.storedBox }], {
        size: sizeOf(width, height),
      });
      await folder.write('xml/a.xml', upright);
      const expected = {
        width: truth.size[0],
        height: truth.size[1],
        objects: [{ box: truth.box }],
      };
      expect((await read()).images).toMatchObject([expected]);
      await folder.write('xml/a.xml', stored);
      const set = await read(orientation < 5 ? '#boxes=stored' : '');
      expect(set.images).toMatchObject([expected]);
      expect(set.mended.otherSizes).toBe(0);
      expect(set.mended.turnedImages).toBe(orientation === 1 ? 0 : 1);
    },
  );

  it('have upright boxes, with a warning, where nothing tells', async () => {
    await folder.write('xml/a.xml', vocXml([{ name: 'cat', box: [1, 2, 30, 40] }], { size: '' }));
    await folder.picture('img/a.jpg', 100, 80, turned(6));
    const { images, warnings, mended } = await read();
    expect(images).toMatchObject([{ width: 80, height: 100, objects: [{ box: [1, 2, 30, 40] }] }]);
    expect(mended.turnedImages).toBe(0);
    expect(warnings).toEqual([
      `1 pictures are turned by EXIF and nothing says whether their boxes are: they are read as upright (else: #boxes=stored after the set), first: ${folder.path('img/a.jpg')}`,
    ]);
    expect((await read('#boxes=upright')).warnings).toEqual([]);
  });

  it('are read as the pictures of the set are that tell', async () => {
    await folder.write('xml/a.xml', vocXml([{ name: 'cat', box: [90, 2, 98, 40] }], { size: '' }));
    await folder.write('xml/b.xml', vocXml([{ name: 'cat', box: [1, 2, 30, 40] }]));
    await folder.picture('img/a.jpg', 100, 80, turned(8));
    await folder.picture('img/b.jpg', 100, 80, turned(3));
    const { images, warnings } = await read();
    expect(images).toMatchObject([
      { width: 80, height: 100, objects: [{ box: [2, 2, 40, 10] }] },
      { width: 100, height: 80, objects: [{ box: [70, 40, 99, 78] }] },
    ]);
    expect(warnings).toEqual([
      `2 pictures have boxes in stored pixels, which were turned upright with them, first: ${folder.path('img/a.jpg')}`,
    ]);
  });

  it('are refused where two pictures of a set contradict each other', async () => {
    const box = [1, 2, 30, 40];
    await folder.write('xml/a.xml', vocXml([{ name: 'cat', box }], { size: sizeOf(80, 100) }));
    await folder.write('xml/b.xml', vocXml([{ name: 'cat', box }], { size: sizeOf(100, 80) }));
    for (const id of ['a', 'b']) await folder.picture(`img/${id}.jpg`, 100, 80, turned(6));
    const [a, b] = ['a', 'b'].map((id) => folder.path(`img/${id}.jpg`));
    const size = 'is 80×100 upright, 100×80 as stored: its annotation states';
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file' });
    await expect(read()).rejects.toThrow(
      `expected all boxes in upright pixels or all in stored ones, but ${a!} ${size} 80×100, which is upright; and ${b!} ${size} 100×80, which is stored; say which with #boxes=upright or #boxes=stored after the set`,
    );
    expect((await read('#boxes=upright')).images[1]!.objects[0]!.box).toEqual(box);
    expect((await read('#boxes=stored')).images[1]!.objects[0]!.box).toEqual([40, 1, 78, 30]);
  });

  it('are refused where a box fits another reading than the stated size says', async () => {
    await folder.picture('img/a.jpg', 100, 80, turned(6));
    const xml = vocXml([{ name: 'cat', box: [1, 2, 30, 95] }], { size: sizeOf(100, 80) });
    await folder.write('xml/a.xml', xml);
    await expect(read()).rejects.toThrow('the box cat at 1,2,30,95 fits only upright');
    expect((await read('#boxes=upright')).images[0]!.objects[0]!.box).toEqual([1, 2, 30, 95]);
  });

  it('have shares of the upright picture in YOLO sets', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.write('a.txt', '0 0.25 0.5 0.5 1');
    await folder.picture('a.jpg', 100, 80, turned(6));
    const of = async (options: string) =>
      (await readDataset(`yolo:${folder.path('')}${options}`)).images[0]!.objects[0]!.box;
    expect(await of('/')).toEqual([0, 0, 40, 100]);
    expect(await of('/#boxes=stored')).toEqual([0, 0, 80, 50]);
  });
});
