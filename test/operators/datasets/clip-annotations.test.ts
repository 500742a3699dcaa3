import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder, vocXml } from './dataset-folder.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`voc:${folder.path('xml')}:${folder.path('img')}`);
const cat = { name: 'cat', box: [10, 20, 30, 40] };

describe('clipAnnotations', () => {
  it('reads the size from the picture when the annotation has none or another', async () => {
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
      turnedImages: 0,
      brokenPictures: 0,
    });
    expect(warnings).toEqual([
      `1 pictures have another size than their annotation states, first: ${folder.path('img/c.jpg')} is 100×80, not 80×100`,
    ]);
  });

  it('clips boxes to the picture, drops those without area, and counts both', async () => {
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
      turnedImages: 0,
      brokenPictures: 0,
    });
    const path = folder.path('img/a.jpg');
    expect(warnings).toEqual([
      `2 boxes exceed their picture and were clipped, first: cat at -5,20,30,40 in ${path}`,
      `2 boxes have no area inside their picture and were dropped, first: cat at 40,40,40,60 in ${path}`,
    ]);
  });
});
