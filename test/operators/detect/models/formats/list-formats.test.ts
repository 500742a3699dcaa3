import { describe, expect, it } from 'vitest';
import type { DetectorFile } from '../../../../../operators/detect/models/detector-file.ts';
import type { Evidence, Reading } from '../../../../../operators/detect/models/formats/reading.ts';
import type { ModelOutput } from '../../../../../operators/detect/models/model-ports.ts';
import { classMapOf } from '../../../../../operators/detect/models/names/class-map.ts';
import { recognise } from '../../../../../operators/detect/models/recognise.ts';

const side = 64;

function output(name: string, shape: readonly number[], values: readonly number[]): ModelOutput {
  return { name, shape, values: Float32Array.from(values) };
}

function read(outputs: readonly ModelOutput[], more: Partial<Evidence> = {}): Reading {
  const facts = { path: 'm.onnx', inputs: [], outputs: [], metadata: new Map(), classes: null };
  const evidence = { facts, outputs, width: side, height: side, channelsLast: false };
  const said: DetectorFile['format'] = 'auto';
  return recognise({ ...evidence, inputType: 'float32', isSaid: false, ...more }, said);
}

/** Boxes and classes of the rows of at least a little strength. */
function found(reading: Reading, outputs: readonly ModelOutput[], numbers: readonly number[]) {
  const rows = reading.rows(outputs, Int32Array.from(numbers));
  const scores = {
    best: new Float32Array(rows.count),
    bestClass: new Int32Array(rows.count),
    strength: new Float32Array(rows.count),
  };
  rows.scan(scores, 0.005);
  return [...scores.strength.entries()].flatMap(([row, strength]) => {
    if (!(strength >= 0.005)) return [];
    const box = new Float32Array(4);
    rows.box(row, box, 0);
    return [{ box: [...box], class: scores.bestClass[row], best: scores.best[row], strength }];
  });
}

const table = (rows: readonly (readonly number[])[]) => [
  output('output0', [1, rows.length, 6], rows.flat()),
];

describe('lists of boxes, scores and classes', () => {
  it.each([
    ['zeros', [0, 0, 0, 0, 0, 0]],
    ['-1 as score and class', [0, 0, 0, 0, -1, -1]],
    ['-1 everywhere', [-1, -1, -1, -1, -1, -1]],
    ['-1 as class', [0, 0, 0, 0, 0, -1]],
  ])('are recognised where %s fill them up', (_, padding) => {
    const reading = read(table([[8, 8, 24, 40, 0.25, 3], padding, padding]));
    expect(reading.format).toBe('end-to-end');
    const picture = table([[8, 8, 24, 40, 0.75, 1], padding, padding]);
    expect(found(reading, picture, [0, 1, 2, 3])).toMatchObject([
      { box: [8, 8, 24, 40], class: 1 },
    ]);
  });

  it('are read as shares where the first boxes that count are, not by the grey picture', () => {
    const empty = [-1, -1, -1, -1, -1, -1];
    const reading = read(table([empty, empty]));
    expect(found(reading, table([empty, empty]), [0, 1])).toEqual([]);
    const picture = table([[0.25, 0.125, 0.5, 1, 0.75, 1], empty]);
    const wanted = [{ box: [16, 8, 32, 64], class: 1 }];
    expect(found(reading, picture, [0, 1])).toMatchObject(wanted);
    expect(found(reading, picture, [0, 1])).toMatchObject(wanted);
  });

  it('stay in pixels once a box has shown it', () => {
    const reading = read(table([[0, 0, 0, 0, 0, 0]]));
    found(reading, table([[0, 0, 32, 32, 0.5, 0]]), [0]);
    const small = table([[0, 0, 1, 1.5, 0.5, 0]]);
    expect(found(reading, small, [0])).toMatchObject([{ box: [0, 0, 1, 1.5], class: 0 }]);
  });

  it('of four outputs settle their units in the same way', () => {
    const four = (count: number, box: readonly number[], score: number) => [
      output('num_dets', [1, 1], [count]),
      output('det_boxes', [1, 2, 4], [...box, 0, 0, 0, 0]),
      output('det_scores', [1, 2], [score, 0]),
      output('det_classes', [1, 2], [count === 0 ? -1 : 0, -1]),
    ];
    const reading = read(four(0, [0, 0, 0, 0], 0));
    expect(reading.format).toBe('yolo-nas');
    const picture = four(1, [0.25, 0.25, 0.5, 0.5], 0.5);
    expect(found(reading, picture, [0])).toMatchObject([{ box: [16, 16, 32, 32], class: 0 }]);
  });
});

/** The eight outputs of a detection model of TensorFlow 2, of five classes. */
const eight = (score: number): ModelOutput[] => [
  output('detection_anchor_indices', [1, 2], [3, 4]),
  output('detection_boxes', [1, 2, 4], [0.125, 0.25, 0.5, 1, 0, 0, 1, 1]),
  output('detection_classes', [1, 2], [2, 1]),
  output('detection_multiclass_scores', [1, 2, 6], new Array<number>(12).fill(0)),
  output('detection_scores', [1, 2], [score, 0]),
  output('num_detections', [1], [2]),
  output('raw_detection_boxes', [1, 9, 4], new Array<number>(36).fill(0.5)),
  output('raw_detection_scores', [1, 9, 6], new Array<number>(54).fill(0)),
];

describe('ssd', () => {
  it('takes four of the eight outputs of TensorFlow 2 by their names', async () => {
    const reading = read(eight(0.25), { channelsLast: true, inputType: 'uint8' });
    expect(reading.format).toBe('ssd');
    const written = new Map([['names', '["bolt", "nut"]']]);
    const facts = { path: 'm.onnx', metadata: written, classes: null };
    const { numbers } = await classMapOf(facts, null, reading.classes);
    expect(found(reading, eight(0.75), [...numbers])).toMatchObject([
      { box: [16, 8, 64, 32], class: 1 },
    ]);
  });

  it.each(['background', '__background__', '???', 'N/A'])(
    'does not shift names whose first is %s',
    async (first) => {
      const reading = read(eight(0.25), { channelsLast: true, inputType: 'uint8' });
      const written = new Map([['names', JSON.stringify([first, 'bolt', '???', '???', 'nut'])]]);
      const facts = { path: 'm.onnx', metadata: written, classes: null };
      const { names, numbers } = await classMapOf(facts, null, reading.classes);
      expect(names).toEqual(['bolt', 'nut']);
      expect([...numbers]).toEqual([1, 4]);
    },
  );

  it('finds an unknown where a detection has a number without a name', () => {
    const reading = read(eight(0.25), { channelsLast: true, inputType: 'uint8' });
    expect(found(reading, eight(0.75), [1])).toEqual([
      { box: [16, 8, 64, 32], class: 0, best: 0, strength: 0.75 },
    ]);
  });
});
