import type { Tool } from './tool.ts';
import {
  classNumber,
  cornersOf,
  outlineOf,
  shares,
  truth,
  turnedWithin,
  writePictures,
  type TrueObject,
  type TruePicture,
} from './truth.ts';

const number = (value: number): string => String(Number(value.toFixed(6)));
const line = (...values: readonly (number | string)[]): string =>
  values.map((value) => (typeof value === 'number' ? number(value) : value)).join(' ');

type Line = (picture: TruePicture, object: TrueObject, at: number) => string;

const detectLine: Line = (picture, object) =>
  line(classNumber(object.class), ...shares(picture, object));
const relative = ({ width, height }: TruePicture, points: readonly (readonly [number, number])[]) =>
  points.flatMap(([x, y]) => [x / width, y / height]);

interface YoloWay {
  readonly lineOf?: Line;
  readonly picture?: (name: string) => string;
  readonly labels?: (name: string) => string;
  readonly emptyFiles?: boolean;
  readonly files?: Readonly<Record<string, string>>;
  readonly spec?: string;
  readonly newline?: string;
  readonly start?: string;
}

const dataYaml = `train: images/train\nval: images/train\nnc: 2\nnames: ['cone', 'fire hydrant']\n`;

function yolo(name: string, way: YoloWay = {}): Tool {
  const {
    lineOf = detectLine,
    picture = (stem) => `images/train/${stem}.jpg`,
    labels = (stem) => `labels/train/${stem}.txt`,
    emptyFiles = true,
    files = { 'data.yaml': dataYaml },
    spec = 'yolo:.',
    newline = '\n',
    start = '',
  } = way;
  return {
    name: `YOLO: ${name}`,
    write: async (folder, turned) => {
      await writePictures(folder, picture, turned);
      for (const each of truth) {
        if (each.objects.length === 0 && !emptyFiles) continue;
        const lines = each.objects.map((object, i) => lineOf(each, object, i));
        await folder.write(labels(each.name), start + lines.join(newline) + newline);
      }
      for (const [path, text] of Object.entries(files)) await folder.write(path, text);
      return spec;
    },
  };
}

const corners: Line = (picture, object) =>
  line(classNumber(object.class), ...relative(picture, cornersOf(turnedWithin(object.box, 12))));
const segment: Line = (picture, object) =>
  line(classNumber(object.class), ...relative(picture, outlineOf(object.box)));
const pose =
  (values: 2 | 3): Line =>
  (picture, object) => {
    const [cx, cy] = shares(picture, object) as [number, number];
    const point = values === 3 ? [cx, cy, 2] : [cx, cy];
    const hidden = values === 3 ? [0, 0, 0] : [cx, cy];
    const points = [...point, ...hidden, ...point];
    return line(classNumber(object.class), ...shares(picture, object), ...points);
  };
const poseYaml = (values: number): string => `${dataYaml}kpt_shape: [3, ${values}]\n`;
const listed = truth.map(({ name }) => `./images/train/${name}.jpg`).join('\n');

export const yoloTools: readonly Tool[] = [
  yolo('Ultralytics, detect'),
  yolo('no files for pictures without objects', { emptyFiles: false }),
  yolo('Windows line ends and a byte order mark', { newline: '\r\n', start: '\uFEFF' }),
  yolo('class numbers with decimals', {
    lineOf: (picture, object) =>
      `${classNumber(object.class)}.0 ${line(...shares(picture, object))}`,
  }),
  yolo('names as a map', {
    files: { 'data.yaml': 'train: images/train\nnames:\n  0: cone\n  1: fire hydrant\n' },
  }),
  yolo('Roboflow: a folder a split', {
    picture: (stem) => `train/images/${stem}.jpg`,
    labels: (stem) => `train/labels/${stem}.txt`,
    files: {
      'data.yaml':
        "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cone', 'fire hydrant']\n",
    },
  }),
  yolo('Darknet: obj.names, labels beside the pictures', {
    picture: (stem) => `data/obj/${stem}.jpg`,
    labels: (stem) => `data/obj/${stem}.txt`,
    files: {
      'obj.names': 'cone\nfire hydrant\n',
      'train.txt': truth.map(({ name }) => `data/obj/${name}.jpg`).join('\n'),
    },
  }),
  yolo('CVAT: YOLO 1.1', {
    picture: (stem) => `obj_train_data/${stem}.jpg`,
    labels: (stem) => `obj_train_data/${stem}.txt`,
    files: {
      'obj.names': 'cone\nfire hydrant\n',
      'obj.data': 'classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n',
      'train.txt': truth.map(({ name }) => `data/obj_train_data/${name}.jpg`).join('\n') + '\n',
    },
  }),
  yolo('Label Studio: classes.txt and notes.json', {
    picture: (stem) => `images/0a1b2c3d-${stem}.jpg`,
    labels: (stem) => `labels/0a1b2c3d-${stem}.txt`,
    files: {
      'classes.txt': 'cone\nfire hydrant\n',
      'notes.json': '{"categories":[{"id":0,"name":"cone"},{"id":1,"name":"fire hydrant"}]}',
    },
  }),
  yolo('lists of files', {
    files: {
      'data.yaml': "path: .\ntrain: train.txt\nval: train.txt\nnames: ['cone', 'fire hydrant']\n",
      'train.txt': listed,
    },
    spec: 'yolo:.#split=train',
  }),
  yolo('Ultralytics, segment', { lineOf: segment }),
  yolo('outlines among boxes', {
    lineOf: (picture, object, i) => (i === 0 ? segment : detectLine)(picture, object, i),
  }),
  yolo('Ultralytics, pose with visibility', {
    lineOf: pose(3),
    files: { 'data.yaml': poseYaml(3) },
  }),
  yolo('Ultralytics, pose without visibility', {
    lineOf: pose(2),
    files: { 'data.yaml': poseYaml(2) },
  }),
  yolo('Ultralytics, oriented boxes', { lineOf: corners }),
  yolo('Ultralytics, predictions with confidence', {
    lineOf: (picture, object) => `${detectLine(picture, object, 0)} 0.87`,
  }),
  yolo('Ultralytics, tracks with confidence and id', {
    lineOf: (picture, object, i) => `${detectLine(picture, object, 0)} 0.87 ${i + 3}`,
  }),
];
