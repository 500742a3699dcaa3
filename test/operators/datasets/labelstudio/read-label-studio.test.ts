import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { expectObjects, turnedBounds } from '../dataset-assertions.ts';
import { useDatasetFolder } from '../dataset-folder.ts';
import { annotation, minimalTask, rectangle, result, task } from './label-studio-export.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`labelstudio:${folder.path('export.json')}:${folder.path('img')}`);
const upload = '/data/upload/1/0a1b2c3d-a.jpg';

async function write(tasks: unknown): Promise<void> {
  await folder.picture('img/a.jpg');
  await folder.write('export.json', JSON.stringify(tasks));
}
const writeResults = (...results: unknown[]) => write([task(7, upload, [annotation(1, results)])]);

const cat = rectangle('cat', [10, 20, 30, 40]);
const dog = rectangle('dog', [50, 20, 30, 40]);

describe('reading an export of Label Studio', () => {
  it('reads rectangles, turned around their left upper corner, ellipses and polygons', async () => {
    await writeResults(
      cat,
      rectangle('dog', [50, 20, 30, 10], 90),
      rectangle('dog', [50, 20, 30, 10], 30),
      rectangle('dog', [50, 40, 30, 10], 340),
      result('ellipselabels', {
        ...{ x: 50, y: 50, radiusX: 20, radiusY: 12.5, rotation: 90, ellipselabels: ['cat'] },
      }),
      result('polygonlabels', {
        points: [
          [10, 25],
          [30, 25],
          [30, 75],
        ],
        closed: true,
        polygonlabels: ['cat'],
      }),
    );
    const set = await read();
    expect(set.classes).toEqual(['cat', 'dog']);
    expect(set.warnings).toEqual([]);
    expect(set.images[0]!.path).toBe(folder.path('img/a.jpg'));
    expectObjects(set, '7', [
      ['cat', [10, 20, 40, 60]],
      ['dog', [40, 20, 50, 50]],
      ['dog', turnedBounds([50, 20, 80, 30], 30, [50, 20])],
      ['dog', turnedBounds([50, 40, 80, 50], -20, [50, 40])],
      ['cat', [40, 20, 60, 60]],
      ['cat', [10, 20, 30, 60]],
    ]);
  });

  it('reads <Rectangle> with <Labels>: two results of one id', async () => {
    const value = { x: 10, y: 25, width: 30, height: 50, rotation: 0 };
    await writeResults(
      result('rectangle', value, { id: 'one' }),
      result('labels', { ...value, labels: ['cat'] }, { id: 'one' }),
      result('choices', { choices: ['night'] }, { id: 'two' }),
      result('textarea', { ...value, text: ['a note'] }, { id: 'one' }),
      { type: 'relation', from_id: 'one', to_id: 'two', direction: 'right' },
    );
    const set = await read();
    expectObjects(set, '7', [['cat', [10, 20, 40, 60]]]);
    expect(set.warnings).toEqual([]);
  });

  it('counts regions without a box or a label', async () => {
    await writeResults(
      cat,
      result('brushlabels', { format: 'rle', rle: [1, 2], brushlabels: ['cat'] }),
      result('keypointlabels', { x: 1, y: 2, width: 0.5, keypointlabels: ['nose'] }),
      rectangle('cat', [1, 2, 30, 4], 0, {
        value: { x: 1, y: 2, width: 3, height: 4, rotation: 0 },
      }),
    );
    const set = await read();
    expect(set.images[0]!.objects).toHaveLength(1);
    expect(set.warnings).toEqual([
      '1 brushlabels, 1 keypointlabels, 1 rectangle without a label: regions without a box or a label were left out',
    ]);
  });

  it('reads JSON-MIN, with a row for each annotation', async () => {
    await write([
      minimalTask(7, upload, [cat, rectangle('dog', [50, 20, 30, 10], 90)]),
      minimalTask(8, 'https://host/b%20c.jpg?x=1', []),
      minimalTask(7, upload, [dog], { updated_at: '2024-06-01T10:00:00Z', annotation_id: 9 }),
    ]);
    await folder.picture('img/b c.jpg');
    const set = await read();
    expectObjects(set, '7', [['dog', [50, 20, 80, 60]]]);
    expectObjects(set, '8', []);
    expect(set.warnings).toEqual([
      '1 tasks have different annotations: ground truth counts, else the last',
    ]);
  });

  it('takes no cancelled annotation, no prediction and no task without annotation', async () => {
    await write([
      task(7, upload, [annotation(1, [dog], { was_cancelled: true }), annotation(2, [cat])], {
        predictions: [{ id: 1, result: [dog] }],
      }),
      task(8, 'b.jpg', [], { predictions: [{ id: 2, result: [dog] }] }),
      task(9, 'c.jpg', [annotation(3, [dog], { was_cancelled: true })]),
    ]);
    const set = await read();
    expect(set.images).toHaveLength(1);
    expectObjects(set, '7', [['cat', [10, 20, 40, 60]]]);
    expect(set.warnings).toEqual(['2 tasks have no annotation and were left out']);
  });

  it('chooses among several annotations', async () => {
    const of = async (...annotations: unknown[]) => {
      await write([task(7, upload, annotations)]);
      const { images, warnings } = await read();
      return [...images[0]!.objects.map((object) => object.class), warnings.length];
    };
    const later = { updated_at: '2024-05-02T10:00:00Z' };
    expect(await of(annotation(1, [cat], later), annotation(2, [dog]))).toEqual(['cat', 1]);
    expect(await of(annotation(1, [cat]), annotation(2, [dog]))).toEqual(['dog', 1]);
    expect(
      await of(annotation(1, [cat], { ground_truth: true }), annotation(2, [dog], later)),
    ).toEqual(['cat', 1]);
    expect(await of(annotation(1, [cat]), annotation(2, [], later))).toEqual(['cat', 1]);
    expect(await of(annotation(1, [cat, dog]), annotation(2, [dog, cat]))).toEqual([
      'dog',
      'cat',
      0,
    ]);
    await expect(of(annotation(1, [cat]), annotation(1, [dog]))).rejects.toThrow(
      '0: expected one annotation, or the times at which they were updated',
    );
  });

  it('scales to pictures of another size than the labelled ones, and reads upright', async () => {
    await writeResults(rectangle('cat', [10, 20, 30, 10], 90));
    await folder.picture('img/a.jpg', 200, 160);
    expectObjects(await read(), '7', [['cat', [0, 40, 20, 100]]]);
    await folder.picture('img/a.jpg', 80, 100, (picture) =>
      picture.withMetadata({ orientation: 6 }),
    );
    const turned = await read();
    expect(turned.images[0]).toMatchObject({ width: 100, height: 80 });
    expectObjects(turned, '7', [['cat', [0, 20, 10, 50]]]);
  });

  it.each<[unknown, string]>([
    [
      rectangle('cat', [1, 2, 3, 4], 0, { image_rotation: 90 }),
      '0.annotations.0.result.0.image_rotation: expected 0, found 90',
    ],
    [
      result('rectanglelabels', { x: 1, y: 2, width: 3, height: 4, rectanglelabels: ['a', 'b'] }),
      'expected one label for a region, found "a", "b"',
    ],
    [
      result('rectanglelabels', { x: '1', y: 2, width: 3, height: 4, rectanglelabels: ['a'] }),
      '0.annotations.0.result.0.value.x: ',
    ],
    [
      result('rectanglelabels', { x: 1, y: 2, width: -3, height: 4, rectanglelabels: ['a'] }),
      'value.width: expected a length of 0 or more',
    ],
    [result('rectanglelabels', { x: 1, y: 2, width: 3, rectanglelabels: ['a'] }), 'value.height: '],
    [
      result('polygonlabels', { points: [[1, 2]], polygonlabels: ['a'] }),
      'value.points: expected 3 points or more',
    ],
    [
      rectangle('cat', [1, 2, 3, 4], 30, { original_width: null }),
      'value.rotation: expected original_width and original_height',
    ],
    [rectangle('cat', [1, 2, 3, 4], 0, { item_index: 1 }), 'expected one picture for each task'],
    ['rectangle', '0.annotations.0.result.0: '],
  ])('says where %j is wrong', async (each, message) => {
    await writeResults(each);
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file' });
    await expect(read()).rejects.toThrow(message);
  });

  it('rejects other JSON, repeated tasks, and tasks without a picture', async () => {
    const reject = async (tasks: unknown, message: string) => {
      await write(tasks);
      await expect(read()).rejects.toThrow(message);
    };
    const good = task(7, upload, [annotation(1, [cat])]);
    await reject({ images: [] }, 'top level: expected an array of tasks');
    await reject({ id: 1 }, 'top level: expected an array of tasks');
    await reject([], 'expected tasks with annotations, found none');
    await reject([task(7, upload, [])], 'expected tasks with annotations, found none');
    await reject([good, good], '1.id: expected every task once, found 7 twice');
    await reject([good, 5], '1: expected a task');
    await reject([{ ...good, data: { text: 'a' } }], '0.data: expected one picture, found none');
    await reject([{ ...good, data: { l: 'a.jpg', r: 'b.jpg' } }], 'one picture, found l and r');
    await reject([{ ...good, annotations: undefined }], '0.annotations: ');
    await reject([{ id: 7, image: upload }], '0: expected a task with annotations, or regions');
    await reject([{ ...good, annotations: 5 }], '0.annotations: ');
    await reject([good, task(8, 'x/a.jpg', [annotation(2, [])])], 'expected a picture of its own');
    await folder.write('export.json', '[{"id":1},{"id":');
    await expect(read()).rejects.toThrow(/0\.?.*expected|1: expected JSON/);
  });
});
