import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder, vocXml } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`voc:${folder.path('xml')}:${folder.path('img')}`);
const write = async (object: string) => {
  await folder.write('xml/a.xml', `<annotation><object>${object}</object></annotation>`);
  await folder.picture('img/a.jpg', 200, 200);
};
const bndbox = (x0: number, y0: number, x1: number, y1: number) =>
  `<bndbox><xmin>${x0}</xmin><ymin>${y0}</ymin><xmax>${x1}</xmax><ymax>${y1}</ymax></bndbox>`;

describe('objects of VOC annotations', () => {
  it.each([
    [
      'PASCAL, with parts',
      `<name>cat</name><pose>Left</pose>${bndbox(10, 20, 30, 40)}<part><name>head</name>${bndbox(1, 2, 3, 4)}</part><part><name>foot</name>${bndbox(5, 6, 7, 8)}</part>`,
      [10, 20, 30, 40],
    ],
    [
      'Roboflow, with an outline',
      `<name>cat</name><occluded>0</occluded>${bndbox(10, 20, 30, 40)}<polygon><x1>10</x1><y1>20</y1><x2>30</x2><y2>20</y2><x3>30</x3><y3>40</y3></polygon>`,
      [10, 20, 30, 40],
    ],
    [
      'CVAT, with attributes',
      `<name>cat</name>${bndbox(10.25, 20.5, 30, 40)}<attributes><attribute><name>rotation</name><value>0.0</value></attribute><attribute><name>colour</name><value>red</value></attribute></attributes>`,
      [10.25, 20.5, 30, 40],
    ],
    [
      'CVAT, turned by a quarter',
      `<name>cat</name>${bndbox(50, 60, 90, 80)}<attributes><attribute><name>rotation</name><value>90.0</value></attribute></attributes>`,
      [60, 50, 80, 90],
    ],
    [
      'roLabelImg, turned by 30 degrees',
      `<type>robndbox</type><name>cat</name><robndbox><cx>100</cx><cy>80</cy><w>60</w><h>20</h><angle>${Math.PI / 6}</angle></robndbox>`,
      [
        100 - (60 * Math.cos(Math.PI / 6) + 10) / 2,
        80 - (30 + 20 * Math.cos(Math.PI / 6)) / 2,
        100 + (60 * Math.cos(Math.PI / 6) + 10) / 2,
        80 + (30 + 20 * Math.cos(Math.PI / 6)) / 2,
      ],
    ],
  ])('are read as %s writes them', async (_, object, box) => {
    await write(object);
    const { objects } = (await read()).images[0]!;
    expect(objects).toHaveLength(1);
    objects[0]!.box.forEach((value, side) => expect(value).toBeCloseTo(box[side]!, 9));
  });

  it.each([
    ['<name>cat</name>', 'object.0.bndbox: expected a box, found none'],
    [
      '<name>cat</name><polygon><x1>1</x1></polygon>',
      'bndbox: expected a box, found a polygon only',
    ],
    [`<name>cat</name>${bndbox(1, 2, 3, 4)}${bndbox(1, 2, 3, 4)}`, 'expected one bndbox, found 2'],
    ['<name>cat</name><bndbox>1 2 3 4</bndbox>', 'bndbox: expected bndbox with its numbers'],
    [
      '<name>cat</name><robndbox><cx>1</cx><cy>2</cy><w>-3</w><h>4</h><angle>0</angle></robndbox>',
      'robndbox.w: expected a width and height of 0 or more',
    ],
  ])('are refused with their place: %s', async (object, message) => {
    await write(object);
    await expect(read()).rejects.toMatchObject({
      code: 'bad-file',
      path: folder.path('xml/a.xml'),
    });
    await expect(read()).rejects.toThrow(`annotation.object.0.`);
    await expect(read()).rejects.toThrow(message);
  });

  it('have pictures of any kind, named in a list with their extension', async () => {
    await folder.write('xml/a.xml', vocXml([{ name: 'cat', box: [1, 2, 3, 4] }]));
    await folder.picture('img/a.tiff');
    await folder.write('list.txt', 'a.tiff');
    const set = `voc:${folder.path('xml')}:${folder.path('img')}:${folder.path('list.txt')}`;
    expect((await readDataset(set)).images).toMatchObject([{ id: 'a', width: 100 }]);
  });
});
