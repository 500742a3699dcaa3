import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { intersectionOverUnion } from '../../../../operators/foundation/geometry/box.ts';
import { useDatasetFolder } from '../dataset-folder.ts';
import { cocoTools } from './coco-tools.ts';
import { cvatTools } from './cvat-tools.ts';
import { labelStudioTools } from './label-studio-tools.ts';
import type { Tool } from './tool.ts';
import { truth } from './truth.ts';
import { vocTools } from './voc-tools.ts';
import { yoloTools } from './yolo-tools.ts';

const folder = useDatasetFolder();
const tools = [...yoloTools, ...vocTools, ...cocoTools, ...cvatTools, ...labelStudioTools];

/** The specification with the paths of the folder. */
function located(spec: string): string {
  const [set = '', options] = spec.split('#');
  const [format = '', ...paths] = set.split(':');
  const whole = [format, ...paths.map((path) => folder.path(path))].join(':');
  return options === undefined ? whole : `${whole}#${options}`;
}

async function expectTruth(tool: Tool, turned: boolean): Promise<void> {
  const set = await readDataset(located(await tool.write(folder, turned)));
  const read = new Map(
    set.images.map((image) => [/yard_\d+/.exec(image.path)![0], image] as const),
  );
  expect([...read.keys()].sort()).toEqual(truth.map(({ name }) => name));
  for (const { name, width, height, objects } of truth) {
    const image = read.get(name)!;
    expect([image.width, image.height]).toEqual([width, height]);
    expect(image.objects.map((object) => object.class).sort()).toEqual(
      objects.map((object) => object.class).sort(),
    );
    for (const { class: label, box } of objects) {
      const found = image.objects.find((object) => object.class === label)!;
      expect(intersectionOverUnion(found.box, box)).toBeGreaterThanOrEqual(0.99);
    }
  }
}

/** The files of a set that a tool wrote, with one of them changed. */
interface Contradiction {
  readonly name: string;
  readonly tool: string;
  readonly file: string;
  readonly change: (text: string) => string;
  /** What the one line of the error has to name. */
  readonly says: RegExp;
}

const contradictions: readonly Contradiction[] = [
  {
    name: 'a COCO file that breaks off',
    tool: 'COCO: instances',
    file: 'annotations/instances.json',
    change: (text) => text.slice(0, text.length / 2),
    says: /instances\.json: /,
  },
  {
    name: 'two entries of COCO on one picture',
    tool: 'COCO: instances',
    file: 'annotations/instances.json',
    change: (text) => text.replace('yard_02.jpg', 'other/yard_01.jpg'),
    says: /yard_01\.jpg/,
  },
  {
    name: 'a category that COCO does not list',
    tool: 'COCO: instances',
    file: 'annotations/instances.json',
    change: (text) => text.replace('"category_id":2', '"category_id":7'),
    says: /category_id.* 7/,
  },
  {
    name: 'a class of YOLO without a name',
    tool: 'YOLO: Ultralytics, detect',
    file: 'labels/train/yard_01.txt',
    change: (text) => text.replace(/^0/, '5'),
    says: /yard_01\.txt: line 1: .*5/,
  },
  {
    name: 'boxes of YOLO in pixels',
    tool: 'YOLO: Ultralytics, detect',
    file: 'labels/train/yard_01.txt',
    change: () => '0 25 18 30 24\n',
    says: /yard_01\.txt: line 1: /,
  },
  {
    name: 'keypoints of another number than data.yaml states',
    tool: 'YOLO: Ultralytics, pose with visibility',
    file: 'data.yaml',
    change: (text) => text.replace('[3, 3]', '[5, 3]'),
    says: /yard_0\d\.txt: line 1|kpt_shape/,
  },
  {
    name: 'corners of VOC that are swapped',
    tool: 'VOC: LabelImg',
    file: 'set/yard_01.xml',
    change: (text) => text.replace('<xmin>10</xmin>', '<xmin>50</xmin>'),
    says: /yard_01\.xml: .*xmin/,
  },
  {
    name: 'an object of VOC without a box',
    tool: 'VOC: LabelImg',
    file: 'set/yard_01.xml',
    change: (text) => text.replace(/<bndbox>.*?<\/bndbox>/, ''),
    says: /yard_01\.xml: .*bndbox/,
  },
  {
    name: 'a file of VOC that breaks off',
    tool: 'VOC: LabelImg',
    file: 'set/yard_01.xml',
    change: (text) => text.slice(0, 300),
    says: /yard_01\.xml: expected XML/,
  },
  {
    name: 'a picture that CVAT names and nobody has',
    tool: 'CVAT: boxes',
    file: 'annotations.xml',
    change: (text) => text.replace('yard_02.jpg', 'lost.jpg'),
    says: /lost\.jpg/,
  },
  {
    name: 'a picture that was turned in Label Studio',
    tool: 'Label Studio: rectangles',
    file: 'export.json',
    change: (text) => text.replace('"image_rotation":0', '"image_rotation":90'),
    says: /image_rotation/,
  },
  {
    name: 'a region of Label Studio with two labels',
    tool: 'Label Studio: rectangles',
    file: 'export.json',
    change: (text) => text.replace('["cone"]', '["cone","fire hydrant"]'),
    says: /export\.json: /,
  },
  {
    name: 'a picture that breaks off',
    tool: 'VOC: LabelImg',
    file: 'set/yard_04.jpg',
    change: (bytes) => bytes.slice(0, bytes.length - 60),
    says: /yard_04\.jpg: /,
  },
];

describe('a set that contradicts itself', () => {
  it.each(contradictions)('is refused with the place: $name', async (each) => {
    const tool = tools.find(({ name }) => name === each.tool)!;
    const spec = located(await tool.write(folder, false));
    const text = await readFile(folder.path(each.file), 'latin1');
    const changed = each.change(text);
    expect(changed).not.toBe(text);
    await folder.write(each.file, Buffer.from(changed, 'latin1'));
    const error = await readDataset(spec).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: 'DatasetError' });
    expect((error as Error).message).toMatch(each.says);
    expect((error as Error).message).not.toContain('\n');
  });
});

describe('the way of a tool', () => {
  it.each(tools)('is read as the truth: $name', (tool) => expectTruth(tool, false));

  it.each(tools)('is read as the truth where pictures are turned by EXIF: $name', (tool) =>
    expectTruth(tool, true),
  );
});
