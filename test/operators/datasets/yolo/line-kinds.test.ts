import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { useDatasetFolder } from '../dataset-folder.ts';

const folder = useDatasetFolder();
const read = (options = '') => readDataset(`yolo:${folder.path('')}/${options}`);

type Share = readonly [number, number, number, number];
const random = seededRandom(7);
const between = (low: number, high: number) => low + random() * (high - low);
const round = (value: number) => Number(value.toFixed(6));

/** Boxes all over a picture, relative to it. */
const truth: readonly Share[] = Array.from({ length: 30 }, () => {
  const [w, h] = [between(0.05, 0.3), between(0.05, 0.3)];
  return [between(w / 2, 1 - w / 2), between(h / 2, 1 - h / 2), w, h].map(
    round,
  ) as unknown as Share;
});
const inside = ([cx, cy, w, h]: Share): [number, number] => [
  round(between(cx - w / 2, cx + w / 2)),
  round(between(cy - h / 2, cy + h / 2)),
];
/** The 4 sides of a box are touched by a point each, turned by a share of the sides. */
const rectangle = ([cx, cy, w, h]: Share, turn: number): number[] =>
  [
    [cx - w / 2 + w * turn, cy - h / 2],
    [cx + w / 2, cy - h / 2 + h * turn],
    [cx + w / 2 - w * turn, cy + h / 2],
    [cx - w / 2, cy + h / 2 - h * turn],
  ]
    .flat()
    .map(round);
/** A ragged outline of a box: its corners cut, by a number of points that differs. */
const ragged = (box: Share, i: number): number[] => {
  const [cx, cy, w, h] = box;
  const count = 5 + (i % 4);
  const points = Array.from({ length: count }, (_, k) => {
    const angle = (k / count) * 2 * Math.PI;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const scale = (v: number, all: number[], c: number, side: number) =>
    round(c - side / 2 + ((v - Math.min(...all)) / (Math.max(...all) - Math.min(...all))) * side);
  return points.flatMap(([x, y]) => [scale(x, xs, cx, w), scale(y, ys, cy, h)]);
};
const keypoints = (box: Share, count: number, flag: ((i: number) => number) | null): number[] =>
  Array.from({ length: count }, (_, i) => {
    const visible = flag === null || flag(i) > 0;
    const [x, y] = visible ? inside(box) : [0, 0];
    return flag === null ? [x, y] : [x, y, flag(i)];
  }).flat();

const kinds: Readonly<Record<string, readonly [(box: Share, i: number) => number[], string?]>> = {
  'plain boxes': [(box) => [...box]],
  'boxes with confidence': [(box) => [...box, round(random())]],
  'boxes with track id': [(box, i) => [...box, i]],
  'boxes with confidence and track id': [(box, i) => [...box, round(random()), 1 + (i % 5)]],
  'tracks, some without an id yet': [
    (box, i) => (i % 7 === 0 ? [...box, 0.5] : [...box, round(random()), i]),
  ],
  outlines: [(box, i) => ragged(box, i)],
  'outlines among boxes': [(box, i) => (i % 2 === 0 ? [...box] : ragged(box, i))],
  'outlines with confidence': [(box, i) => [...ragged(box, i), round(random())]],
  'outlines with confidence and id': [(box, i) => [...ragged(box, i), round(random()), 20 + i]],
  'oriented boxes': [(box) => rectangle(box, 0.3)],
  'oriented boxes with confidence': [(box) => [...rectangle(box, 0.2), round(random())]],
  'oriented boxes with confidence and id': [
    (box, i) => [...rectangle(box, 0.2), round(random()), i],
  ],
  'declared 17 keypoints': [
    (box) => [...box, ...keypoints(box, 17, (i) => i % 3)],
    'kpt_shape: [17, 3]',
  ],
  'declared 2 keypoints without visibility': [
    (box) => [...box, ...keypoints(box, 2, null)],
    'kpt_shape: [2, 2]',
  ],
  'predicted keypoints': [
    (box, i) => [...box, ...keypoints(box, 5, () => 0.5), 0.75, i],
    'kpt_shape: [5, 3]',
  ],
  'undeclared 17 keypoints': [(box) => [...box, ...keypoints(box, 17, (i) => i % 3)]],
  'undeclared 3 keypoints with visibility': [(box) => [...box, ...keypoints(box, 3, () => 2)]],
  'undeclared 6 keypoints without visibility': [(box) => [...box, ...keypoints(box, 6, null)]],
};

async function writeSet(lines: readonly string[], yaml = ''): Promise<void> {
  await folder.write('data.yaml', `names: [cat]\n${yaml}\n`);
  for (const half of [0, 1]) {
    await folder.picture(`${half}.png`);
    await folder.write(`${half}.txt`, lines.filter((_, i) => i % 2 === half).join('\n'));
  }
}

describe('lines of YOLO labels', () => {
  it.each(Object.entries(kinds))('are read as what they are: %s', async (_, [line, yaml]) => {
    await writeSet(
      truth.map((box, i) => `0 ${line(box, i).join(' ')}`),
      yaml,
    );
    const { images } = await read();
    const found = truth.map((_box, i) => images[i % 2]!.objects[Math.floor(i / 2)]!.box);
    found.forEach((box, i) => {
      const [cx, cy, w, h] = truth[i]!;
      const expected = [
        (cx - w / 2) * 100,
        (cy - h / 2) * 80,
        (cx + w / 2) * 100,
        (cy + h / 2) * 80,
      ];
      box.forEach((value, side) => expect(value).toBeCloseTo(expected[side]!, 2));
    });
  });

  it.each([
    ['0 0.5 0.5 0.4 0.4 0.9 1', 'boxes, with a confidence or track id', 'outlines of points'],
    ['0 0.4 0.4 0.62 0.5 0.6 0.63 0.41 0.6', 'outlines of points', '2 keypoints of 2 values'],
  ])('are refused with both readings where two are likely: %s', async (line, one, other) => {
    await writeSet([line]);
    await expect(read()).rejects.toMatchObject({ code: 'bad-file' });
    await expect(read()).rejects.toThrow(one);
    await expect(read()).rejects.toThrow(other);
    await expect(read()).rejects.toThrow(`${folder.path('0.txt')} line 1`);
    const [outline] = (await read('#lines=segment')).images[0]!.objects;
    expect(outline!.box[1]).not.toBeCloseTo(24, 3);
  });

  it('are read as the user says', async () => {
    await writeSet(['0 0.5 0.5 0.4 0.4 0.9 1']);
    const boxOf = async (options: string) => (await read(options)).images[0]!.objects[0]!.box;
    expect((await boxOf('#lines=detect')).map(Math.round)).toEqual([30, 24, 70, 56]);
    expect((await boxOf('#lines=segment')).map(Math.round)).toEqual([40, 32, 90, 80]);
    expect((await boxOf('#lines=pose')).map(Math.round)).toEqual([30, 24, 70, 56]);
    await expect(boxOf('#lines=obb')).rejects.toThrow('line 1: expected the 4 corners');
  });

  it.each([
    ['kpt_shape: [2, 3]', '0 0.5 0.5 0.2 0.2', '2 keypoints of 3 values, found 4 values'],
    ['kpt_shape: [1, 3]', '0 0.5 0.5 0.2 0.2 0.5 0.5 7', '1 keypoints of 3 values'],
    ['kpt_shape: 3', '0 0.5 0.5 0.2 0.2', 'kpt_shape: expected the number of keypoints and'],
    ['task: obb', '0 0.5 0.5 0.2 0.2', 'expected the 4 corners of oriented boxes, found 4 values'],
    ['task: pose', '0 0.5 0.5 0.2 0.2', 'expected boxes with the same number of keypoints'],
    ['nc: 2', '0 0.5 0.5 0.2 0.2', 'names: expected 2 names as nc says, found 1'],
    ['', '0 0.1 0.1 0.2 0.2 0.3 3 0.1 0.1', 'shares of the picture, 0 to 1'],
  ])('are refused where they break %j: %s', async (yaml, line, message) => {
    await writeSet([line], yaml);
    await expect(read()).rejects.toThrow(message);
  });

  it('are read with a class in floating point, and repeated ones once', async () => {
    await writeSet(['0.0 0.5 0.5 0.5 0.5', '0 0.1 0.1 0.2 0.2', '0.0 0.5 0.5 0.5 0.5']);
    const { images, warnings } = await read();
    expect(images.map(({ objects }) => objects.length)).toEqual([1, 1]);
    expect(warnings).toEqual([
      `1 label lines are repeated and count once, first: ${folder.path('0.txt')} line 2`,
    ]);
  });
});
