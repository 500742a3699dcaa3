import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { expectObjects, turnedBounds } from '../dataset-assertions.ts';
import { useDatasetFolder } from '../dataset-folder.ts';
import { cvatTask, cvatTrack, cvatXml } from './cvat-xml.ts';

const folder = useDatasetFolder();
const read = () => readDataset(`cvat:${folder.path('annotations.xml')}:${folder.path('img')}`);
const size = '<original_size><width>100</width><height>80</height></original_size>';
const frames = (count: number, start = 0, step = 1) =>
  `<size>${count}</size><mode>interpolation</mode><start_frame>${start}</start_frame>` +
  `<stop_frame>${start + (count - 1) * step}</stop_frame>` +
  `<frame_filter>${step === 1 ? '' : `step=${step}`}</frame_filter>${size}`;

async function write(tracks: readonly string[], task = frames(6)): Promise<void> {
  const meta = cvatTask(['cat', 'dog'], task);
  await folder.write('annotations.xml', cvatXml(meta, tracks.join('\n')));
}

async function pictures(...names: (string | number)[]): Promise<void> {
  for (const name of names) {
    const file = typeof name === 'string' ? name : `frame_${String(name).padStart(6, '0')}.png`;
    await folder.picture(`img/${file}`);
  }
}

const at = (x: number): number[] => [x, 10, x + 20, 30];

describe('reading "CVAT for video 1.1"', () => {
  it('reads every frame as CVAT writes it, until the object is outside', async () => {
    await pictures(0, 1, 2, 3, 4, 5);
    await write([
      cvatTrack(0, 'cat', [
        { frame: 1, box: at(10) },
        { frame: 2, box: at(20), keyframe: false },
        { frame: 3, box: at(30) },
        { frame: 4, box: at(30), outside: true },
      ]),
      cvatTrack(1, 'dog', [
        { frame: 3, box: at(50), degrees: 30 },
        { frame: 4, box: at(50), degrees: 30, outside: true },
      ]),
    ]);
    const set = await read();
    expect(set.warnings).toEqual([]);
    expect(set.classes).toEqual(['cat', 'dog']);
    expect(set.images.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4', '5']);
    expectObjects(set, '0', []);
    expectObjects(set, '1', [['cat', [10, 10, 30, 30]]]);
    expectObjects(set, '2', [['cat', [20, 10, 40, 30]]]);
    expectObjects(set, '3', [
      ['cat', [30, 10, 50, 30]],
      ['dog', turnedBounds([50, 10, 70, 30], 30, [60, 20])],
    ]);
    expectObjects(set, '4', []);
    expectObjects(set, '5', []);
  });

  it('interpolates between keyframes, angles the short way, and goes on after the last', async () => {
    await pictures(0, 1, 2, 3, 4, 5);
    await write([
      cvatTrack(0, 'cat', [
        { frame: 4, box: at(50), degrees: 20 },
        { frame: 0, box: at(10), degrees: 340 },
      ]),
    ]);
    const set = await read();
    expectObjects(set, '1', [['cat', turnedBounds([20, 10, 40, 30], -10, [30, 20])]]);
    expectObjects(set, '2', [['cat', [30, 10, 50, 30]]]);
    expectObjects(set, '5', [['cat', turnedBounds([50, 10, 70, 30], 20, [60, 20])]]);
    expect(set.warnings).toEqual([
      '1 tracks have no shape with outside="1" at their end and go on, as in CVAT',
    ]);
  });

  it('knows frames by number, with a start and a step', async () => {
    await pictures(10, 15, 20, 25);
    const track = cvatTrack(0, 'cat', [
      { frame: 15, box: at(10) },
      { frame: 25, box: at(10), outside: true },
    ]);
    await write([track], frames(4, 10, 5));
    expect((await read()).images.map(({ id, objects }) => [id, objects.length])).toEqual([
      ['10', 0],
      ['15', 1],
      ['20', 1],
      ['25', 0],
    ]);
  });

  it('takes other names in their order, and says so', async () => {
    await pictures('img_0001.png', 'img_0002.png', 'img_0003.png');
    const track = cvatTrack(0, 'cat', [
      { frame: 0, box: at(10) },
      { frame: 1, box: at(10), outside: true },
    ]);
    await write([track], frames(3));
    const set = await read();
    expect(set.images[0]).toMatchObject({ path: folder.path('img/img_0001.png') });
    expect(set.images.map(({ objects }) => objects.length)).toEqual([1, 0, 0]);
    expect(set.warnings).toEqual([
      'pictures are not named by frame and were taken in their order for frames 0 to 2',
    ]);
  });

  it('may lack the pictures of empty frames, and may have others', async () => {
    const track = cvatTrack(0, 'cat', [
      { frame: 2, box: at(10) },
      { frame: 3, box: at(10), outside: true },
    ]);
    await write([track]);
    await pictures(0, 2);
    expect((await read()).images.map(({ id }) => id)).toEqual(['0', '2']);
    await pictures(1, 3, 4, 5, 6, 7);
    const set = await read();
    expect(set.images).toHaveLength(6);
    expect(set.warnings).toEqual(["2 pictures are of other frames than the file's"]);
  });

  it.each<[string, (string | number)[], string, string]>([
    ['counted from 1', [1, 2, 3, 4, 5], frames(6), 'found 5 numbered from 1: whether the first'],
    [
      'too few',
      ['a.png', 'b.png'],
      frames(6),
      'expected 6 pictures, of the frames 0 to 5, found 2',
    ],
    ['without a number and a size', ['a.png', 'b.png'], '', 'does not say how many there are'],
    ['counted from 1 without a size', [1, 2, 3], '', 'numbered from 1'],
    [
      'of two orders',
      ['1.png', '2.png', '10.png'],
      frames(3),
      'by characters and 2.png by numbers',
    ],
    ['missing', [0, 1, 3, 4, 5], frames(6), 'a shape in frame 2, which has no picture'],
  ])('refuses pictures that are %s', async (_, names, task, message) => {
    await pictures(...names);
    await write([cvatTrack(0, 'cat', [{ frame: 2, box: at(10) }])], task);
    await expect(read()).rejects.toMatchObject({ name: 'DatasetError', code: 'bad-file' });
    await expect(read()).rejects.toThrow(message);
  });

  it('refuses tracks that contradict themselves or each other', async () => {
    await pictures(0, 1, 2, 3, 4, 5);
    const twice = { frame: 2, box: at(10) };
    await write([cvatTrack(0, 'cat', [twice, twice])]);
    await expect(read()).rejects.toThrow(
      'track of "cat": expected one shape in each of its frames',
    );
    await write([cvatTrack(0, 'cat', [{ frame: 99, box: at(10) }])]);
    await expect(read()).rejects.toThrow('a shape in frame 99, which has no picture');
    const track = cvatTrack(0, 'cat', [twice]);
    await write([0, 1].map((task) => track.replace('<track', `<track task_id="${task}"`)));
    await expect(read()).rejects.toThrow('expected the tracks of one task');
    await write([track, '<image id="0" name="a.jpg"/>']);
    await expect(read()).rejects.toThrow('expected images or tracks, found both');
    await write([track.replace('outside="0"', 'outside="maybe"')]);
    await expect(read()).rejects.toThrow('outside: expected 0 or 1, found "maybe"');
    const polygons = [1, 4].map(
      (frame) => `<polygon frame="${frame}" outside="0" points="1,2;30,2;30,40"/>`,
    );
    await write([`<track id="0" label="cat">${polygons.join('')}</track>`]);
    await expect(read()).rejects.toThrow('only boxes and ellipses can be interpolated');
  });
});
