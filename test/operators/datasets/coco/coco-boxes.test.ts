import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { expectObjects, turnedBounds } from '../dataset-assertions.ts';
import { useDatasetFolder } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`coco:${folder.path('set.json')}:${folder.path('img')}`);

/** Writes a set of one picture, a.jpg of 100×80, with these annotations. */
async function write(annotations: readonly object[], more: object = {}): Promise<void> {
  await folder.picture('img/a.jpg');
  const json = {
    images: [{ id: 1, file_name: 'a.jpg', width: 100, height: 80 }],
    annotations: annotations.map((each, i) => ({ id: i, image_id: 1, category_id: 0, ...each })),
    categories: [{ id: 0, name: 'cat', supercategory: 'animal' }],
    ...more,
  };
  await folder.write('set.json', JSON.stringify(json));
}

describe('the boxes of a COCO dataset', () => {
  it('turns boxes by the angle of CVAT, clockwise around their centre', async () => {
    await write([
      { bbox: [20, 30, 40, 10], attributes: { occluded: false, rotation: 0 }, segmentation: [] },
      { bbox: [20, 30, 40, 10], attributes: { occluded: false, rotation: 90 }, segmentation: [] },
      { bbox: [20, 30, 40, 10], attributes: { rotation: 30 } },
      { bbox: [20, 30, 40, 10], attributes: { rotation: 345.5 } },
      { bbox: [20, 30, 40, 10], attributes: ['a', 'b'] },
    ]);
    const set = await read();
    expectObjects(set, '1', [
      ['cat', [20, 30, 60, 40]],
      ['cat', [35, 15, 45, 55]],
      ['cat', turnedBounds([20, 30, 60, 40], 30, [40, 35])],
      ['cat', turnedBounds([20, 30, 60, 40], -14.5, [40, 35])],
      ['cat', [20, 30, 60, 40]],
    ]);
    expect(set.warnings).toEqual([]);
  });

  it('reads box, angle and outline as they fit each other, or refuses', async () => {
    const outline = [[20, 40, 40, 30, 60, 40, 40, 50]];
    await write([
      // The bounds of the outline already.
      { bbox: [20, 30, 40, 20], attributes: { rotation: 45 }, segmentation: outline },
      {
        bbox: [20, 30, 40, 10],
        attributes: { rotation: 90 },
        segmentation: [[35, 15, 45, 15, 45, 55, 35, 55]],
      },
    ]);
    expectObjects(await read(), '1', [
      ['cat', [20, 30, 60, 50]],
      ['cat', [35, 15, 45, 55]],
    ]);
    await write([{ bbox: [0, 0, 40, 10], attributes: { rotation: 90 }, segmentation: outline }]);
    await expect(read()).rejects.toThrow(
      'annotations.0: expected one box, found 0,0,40,10 (bbox), 15,-15,25,25 (bbox with ' +
        'attributes.rotation) and 20,30,60,50 (segmentation)',
    );
  });

  it('takes the bounds of outlines and masks where there is no box', async () => {
    const outline = [
      [10, 20, 30, 20, 30, 50],
      [40, 60, 50.5, 60, 50, 70],
    ];
    // pycocotools.mask.encode of zeros((80, 100)) with [10:50, 20:60] = 1.
    const counts = [1610, ...Array.from({ length: 39 }, () => [40, 40]).flat(), 40, 3230];
    await write([
      { segmentation: outline },
      { segmentation: outline, bbox: [] },
      { segmentation: outline, bbox: null, attributes: { rotation: 40 } },
      { segmentation: { size: [80, 100], counts }, iscrowd: 1 },
      { segmentation: { size: [80, 100], counts: compressed(counts) } },
      { bbox: [1, 2, 3, 4], segmentation: 'whatever', keypoints: [1, 2, 2] },
    ]);
    const set = await read();
    expectObjects(set, '1', [
      ['cat', [10, 20, 50.5, 70]],
      ['cat', [10, 20, 50.5, 70]],
      ['cat', [10, 20, 50.5, 70]],
      ['cat', [20, 10, 60, 50]],
      ['cat', [20, 10, 60, 50]],
      ['cat', [1, 2, 4, 6]],
    ]);
    expect(set.images[0]!.objects.map(({ crowd }) => crowd)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it.each<[object, string]>([
    [{}, 'annotations.0.bbox: expected a box or a segmentation'],
    [{ bbox: [], segmentation: [] }, 'annotations.0.bbox: expected a box or a segmentation'],
    [{ bbox: [1, 2, '3', 4] }, 'annotations.0.bbox.2: '],
    [{ bbox: 7 }, 'annotations.0.bbox: '],
    [{ segmentation: [[1, 2, 3, 4]] }, 'annotations.0.segmentation.0: expected 3 points or more'],
    [
      { segmentation: [[1, 2, 3, 4, 5, 6, 7]] },
      'annotations.0.segmentation.0: expected pairs of coordinates',
    ],
    [{ segmentation: [[1, 2, 3, 4, 5, null]] }, 'annotations.0.segmentation.0.5: '],
    [{ segmentation: 'x' }, 'annotations.0.segmentation: '],
    [
      { segmentation: { size: [2, 2], counts: [1, 2] } },
      'annotations.0.segmentation.counts: expected run lengths of 4 pixels, found 3',
    ],
    [
      { segmentation: { size: [2, 2], counts: '0 4' } },
      'annotations.0.segmentation.counts: expected compressed run lengths',
    ],
    [
      { segmentation: { size: [2, 2], counts: [4] } },
      'annotations.0.segmentation: expected a mask with a pixel, or a bbox',
    ],
    [{ segmentation: { size: [0, 2], counts: [] } }, 'annotations.0.segmentation.size.0: '],
    [
      { bbox: [1, 2, 3, 4], attributes: { rotation: 'left' } },
      'annotations.0.attributes.rotation: ',
    ],
  ])('says where %j is wrong', async (annotation, message) => {
    await write([annotation]);
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file' });
    await expect(read()).rejects.toThrow(message);
  });
});

/** Run lengths in the compressed form, after pycocotools' rleToString. */
function compressed(counts: readonly number[]): string {
  let text = '';
  for (const [i, count] of counts.entries()) {
    let rest = i > 2 ? count - counts[i - 2]! : count;
    for (;;) {
      const bits = rest & 0x1f;
      rest >>= 5;
      const more = (bits & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(48 + (more ? bits | 0x20 : bits));
      if (!more) break;
    }
  }
  return text;
}
