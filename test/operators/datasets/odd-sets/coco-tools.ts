import type { Tool } from './tool.ts';
import {
  classes,
  classNumber,
  outlineOf,
  runsOf,
  truth,
  turnedWithin,
  writePictures,
  type TrueObject,
  type TruePicture,
} from './truth.ts';

interface CocoWay {
  readonly annotationOf?: (picture: TruePicture, object: TrueObject) => Record<string, unknown>;
  readonly fileName?: (name: string) => string;
  readonly place?: (name: string) => string;
  readonly file?: string;
  readonly images?: string;
  readonly firstCategory?: number;
  readonly idOf?: (at: number) => number | string;
  readonly imageIdOf?: (at: number) => number | string;
  readonly isReversed?: boolean;
  readonly isIndented?: boolean;
}

const bboxOf = ({ box: [left, top, right, bottom] }: TrueObject) => [
  left,
  top,
  right - left,
  bottom - top,
];

const boxAlone: NonNullable<CocoWay['annotationOf']> = (_, object) => ({
  bbox: bboxOf(object),
  area: 1,
  iscrowd: 0,
  segmentation: [],
});
const numbered = (at: number): number | string => at + 1;

function coco(name: string, way: CocoWay = {}): Tool {
  const {
    annotationOf = boxAlone,
    fileName = (stem) => `${stem}.jpg`,
    place = (stem) => `images/${stem}.jpg`,
    file = 'annotations/instances.json',
    images = 'images',
    firstCategory = 1,
    idOf = numbered,
    imageIdOf = idOf,
    isReversed = false,
    isIndented = false,
  } = way;
  return {
    name: `COCO: ${name}`,
    write: async (folder, turned) => {
      await writePictures(folder, place, turned);
      let id = 0;
      const sections: [string, unknown][] = [
        ['info', { description: 'a set' }],
        ['licenses', []],
        [
          'images',
          truth.map(({ name: stem, width, height }, i) => ({
            id: idOf(i),
            file_name: fileName(stem),
            width,
            height,
          })),
        ],
        [
          'annotations',
          truth.flatMap((picture, i) =>
            picture.objects.map((object) => ({
              id: ++id,
              image_id: imageIdOf(i),
              category_id: firstCategory + classNumber(object.class),
              ...annotationOf(picture, object),
            })),
          ),
        ],
        ['categories', classes.map((each, i) => ({ id: firstCategory + i, name: each }))],
      ];
      if (isReversed) sections.reverse();
      const json = JSON.stringify(Object.fromEntries(sections), null, isIndented ? 2 : undefined);
      await folder.write(file, json);
      return `coco:${file}:${images}`;
    },
  };
}

/** The same runs as a text, as pycocotools compresses them. */
function compressed(runs: readonly number[]): string {
  let text = '';
  runs.forEach((run, i) => {
    let rest = i > 2 ? run - runs[i - 2]! : run;
    for (let more = true; more;) {
      let bits = rest & 0x1f;
      rest >>= 5;
      more = (bits & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      if (more) bits |= 0x20;
      text += String.fromCharCode(bits + 48);
    }
  });
  return text;
}

export const cocoTools: readonly Tool[] = [
  coco('instances'),
  coco('sections in another order, indented', { isReversed: true, isIndented: true }),
  coco('Roboflow: _annotations.coco.json beside the pictures', {
    file: 'train/_annotations.coco.json',
    images: 'train',
    place: (stem) => `train/${stem}.jpg`,
  }),
  coco('categories from 0', { firstCategory: 0 }),
  coco('ids as texts here and numbers there', {
    idOf: (at) => at + 1,
    imageIdOf: (at) => String(at + 1),
  }),
  coco('paths of Windows', { fileName: (stem) => `C:\\data\\images\\${stem}.jpg` }),
  coco('addresses', { fileName: (stem) => `https://host/bucket/${stem}.jpg?sig=a%20b` }),
  coco('folders of the same names', {
    fileName: (stem) => `cam${stem.endsWith('1') ? 1 : 2}\\${stem}.jpg`,
    place: (stem) => `images/cam${stem.endsWith('1') ? 1 : 2}/${stem}.jpg`,
  }),
  coco('labelme2coco: outlines alone', {
    annotationOf: (_, { box }) => ({ segmentation: [outlineOf(box).flat()], iscrowd: 0 }),
  }),
  coco('masks as lists of runs', {
    annotationOf: (picture, object) => ({
      segmentation: { counts: runsOf(picture, object), size: [picture.height, picture.width] },
    }),
  }),
  coco('masks compressed by pycocotools', {
    annotationOf: (picture, object) => ({
      segmentation: {
        counts: compressed(runsOf(picture, object)),
        size: [picture.height, picture.width],
      },
      bbox: [],
    }),
  }),
  coco('CVAT: turned boxes', {
    annotationOf: (_, { box }) => {
      const { center, width, height, degrees } = turnedWithin(box, 10);
      return {
        bbox: [center[0] - width / 2, center[1] - height / 2, width, height],
        segmentation: [],
        iscrowd: 0,
        attributes: { occluded: false, rotation: degrees },
      };
    },
  }),
  coco('keypoints', {
    annotationOf: (_, object) => ({
      bbox: bboxOf(object),
      keypoints: [1, 2, 2, 0, 0, 0],
      num_keypoints: 1,
    }),
  }),
];
