import { ModelSketch, sketchCells, sketchSide, type SketchInput } from './model-sketch.ts';
import {
  at,
  centred,
  classes,
  corners,
  idleQueries,
  idleRows,
  list,
  noScores,
  queries,
  scores,
  twice,
} from './sketch-rows.ts';
import { bytes, imageNet, none, rgbUnit, type SketchedFormat } from './sketched-format.ts';

const yolox = (isDecoded: boolean): SketchedFormat => ({
  name: `yolox, ${isDecoded ? 'decoded' : 'not decoded'}`,
  format: 'yolox',
  fit: 'letterbox',
  anchor: 'corner',
  input: { type: 'float32', colour: 'bgr', scale: [1, 1, 1], offset: none },
  classes,
  score: 0.8 * 0.9,
  objectness: 0.9,
  build: (sketch, box) => {
    const { graph } = sketch;
    const objectness = [sketch.times(box.found, 0.9)];
    const decoded = centred(sketch, box);
    // Of the cell at the top left of stride 8 and its neighbour: the second centre is one less.
    const raw = (column: number) => {
      const [x, y, w, h] = [0, 1, 2, 3].map((i) =>
        graph.op('Gather', [decoded, graph.integers(`pick-${column}-${i}`, [i])], { axis: 1 }),
      );
      const cells = (value: string) => sketch.times(value, 1 / 8);
      const log = (value: string) =>
        graph.op('Log', [graph.op('Max', [cells(value), sketch.floats([0.01])])]);
      return sketch.row(
        sketch.less(cells(x!), sketch.floats([column])),
        cells(y!),
        log(w!),
        log(h!),
      );
    };
    const [first, second] = [0.8, 0.7].map((score, column) =>
      sketch.row(isDecoded ? decoded : raw(column), ...objectness, scores(sketch, box, score)),
    );
    const idle = isDecoded
      ? idleRows(sketch, [0, ...noScores])
      : sketch.floats(
          Array.from({ length: sketchCells - 2 }, () => [0.5, 0.5, 0, 0, 0, ...noScores]).flat(),
          [sketchCells - 2, 5 + classes],
        );
    sketch.output('output', sketch.table(first!, second!, idle), [1, sketchCells, 5 + classes]);
  },
});

const yolov8 = (isTransposed: boolean): SketchedFormat => ({
  name: `yolov8, [1, ${isTransposed ? '4 + C, N' : 'N, 4 + C'}]`,
  format: 'yolov8',
  fit: 'letterbox',
  anchor: 'centre',
  input: rgbUnit,
  classes,
  score: 0.8,
  build: (sketch, box) => {
    const rows = twice(sketch, box, centred(sketch, box));
    const table = sketch.table(...rows, idleRows(sketch, noScores));
    if (!isTransposed) {
      sketch.output('output0', table, [1, sketchCells, 4 + classes]);
      return;
    }
    const columns = sketch.graph.op('Transpose', [table], { perm: [0, 2, 1] });
    sketch.output('output0', columns, [1, 4 + classes, sketchCells]);
  },
});

/** Boxes and logits of queries. */
const detr = (name: string, format: 'rt-detr' | 'rf-detr', input: SketchInput): SketchedFormat => ({
  name,
  format,
  fit: 'stretch',
  input,
  classes,
  score: 1 / (1 + Math.exp(-2)),
  build: (sketch, box) => {
    const boxes = list(
      sketch,
      centred(sketch, box, 1 / sketchSide),
      idleQueries([0.5, 0.5, 0.1, 0.1]),
    );
    const low = -9;
    const logits = list(sketch, scores(sketch, box, 2, low), idleQueries(noScores.map(() => low)));
    const [first, second] = format === 'rf-detr' ? ['dets', 'labels'] : ['pred_boxes', 'logits'];
    sketch.output(first, boxes, [1, queries, 4]);
    sketch.output(second, logits, [1, queries, classes]);
  },
});

export const sketchedFormats: readonly SketchedFormat[] = [
  yolox(false),
  yolox(true),
  {
    name: 'yolov5',
    format: 'yolov5',
    fit: 'letterbox',
    anchor: 'centre',
    input: rgbUnit,
    classes,
    score: 0.8 * 0.9,
    objectness: 0.9,
    build: (sketch, box) => {
      const rows = twice(sketch, box, centred(sketch, box), [sketch.times(box.found, 0.9)]);
      const idle = idleRows(sketch, [0, ...noScores], { anchors: 3 });
      const shape = [1, 3 * sketchCells, 5 + classes];
      sketch.output('output0', sketch.table(...rows, idle), shape);
    },
  },
  {
    name: 'yolov6, ones in place of objectness',
    format: 'yolov5',
    fit: 'letterbox',
    anchor: 'centre',
    input: rgbUnit,
    classes,
    score: 0.8,
    build: (sketch, box) => {
      const rows = twice(sketch, box, centred(sketch, box), [sketch.floats([1])]);
      const table = sketch.table(...rows, idleRows(sketch, [1, ...noScores]));
      sketch.output('outputs', table, [1, sketchCells, 5 + classes]);
    },
  },
  yolov8(true),
  yolov8(false),
  {
    name: 'end-to-end',
    format: 'end-to-end',
    fit: 'letterbox',
    anchor: 'centre',
    input: rgbUnit,
    classes,
    isListed: true,
    score: 0.8,
    build: (sketch, box) => {
      const first = sketch.row(
        corners(sketch, box),
        sketch.times(box.found, 0.8),
        sketch.floats([at]),
      );
      const table = list(sketch, first, idleQueries([10, 10, 20, 20, 0, 0]));
      sketch.output('output0', table, [1, queries, 6]);
    },
  },
  {
    name: 'yolo-nas, boxes and scores',
    format: 'yolo-nas',
    fit: 'letterbox',
    anchor: 'centre',
    input: { ...rgbUnit, colour: 'bgr' },
    classes,
    score: 0.8,
    build: (sketch, box) => {
      const head = corners(sketch, box);
      const boxes = sketch.table(head, head, idleRows(sketch, []));
      const [first, second] = [0.8, 0.7].map((score) => scores(sketch, box, score));
      const idle = sketch.floats(new Array<number>((sketchCells - 2) * classes).fill(0), [
        sketchCells - 2,
        classes,
      ]);
      sketch.output('boxes', boxes, [1, sketchCells, 4]);
      sketch.output('scores', sketch.table(first!, second!, idle), [1, sketchCells, classes]);
    },
  },
  {
    name: 'yolo-nas, a flat list',
    format: 'yolo-nas',
    fit: 'letterbox',
    anchor: 'centre',
    input: { ...bytes, colour: 'bgr' },
    classes,
    isListed: true,
    score: 0.8,
    build: (sketch, box) => {
      const score = sketch.times(box.found, 0.8);
      const row = sketch.row(sketch.floats([0]), corners(sketch, box), score, sketch.floats([at]));
      sketch.output('graph2_flat_predictions', row, ['N', 7]);
    },
  },
  detr('rt-detr, boxes and logits', 'rt-detr', rgbUnit),
  {
    name: 'rt-detr, one table',
    format: 'rt-detr',
    fit: 'stretch',
    input: rgbUnit,
    classes,
    score: 0.8,
    build: (sketch, box) => {
      const first = sketch.row(
        centred(sketch, box, 1 / sketchSide),
        scores(sketch, box, 0.8, 0.001),
      );
      const table = list(
        sketch,
        first,
        idleQueries([0.5, 0.5, 0.1, 0.1, ...noScores.map(() => 0.0001)]),
      );
      sketch.output('output0', table, [1, queries, 4 + classes]);
    },
  },
  {
    name: 'rt-detr, labels, boxes and scores',
    format: 'rt-detr',
    fit: 'stretch',
    input: rgbUnit,
    classes,
    isListed: true,
    score: 0.8,
    build: (sketch, box) => {
      const { graph } = sketch;
      const sizes = graph.op('Cast', [graph.input('orig_target_sizes', 'int64', [1, 2])], {
        to: 1,
      });
      const scale = graph.op('Concat', [sizes, sizes], { axis: 1 });
      const shares = corners(sketch, box, 1 / sketchSide);
      const boxes = list(sketch, graph.op('Mul', [shares, scale]), idleQueries([0, 0, 1, 1]));
      const rest = new Array<number>(queries - 1).fill(0);
      const labels = sketch.floats([at, ...rest]);
      sketch.output('labels', labels, [1, queries], 'int64');
      sketch.output('boxes', boxes, [1, queries, 4]);
      sketch.output(
        'scores',
        sketch.row(sketch.times(box.found, 0.8), sketch.floats(rest.map(() => 0.0001))),
        [1, queries],
      );
    },
  },
  detr('rf-detr', 'rf-detr', imageNet),
  {
    name: 'ssd',
    format: 'ssd',
    fit: 'stretch',
    input: { ...bytes, channelsLast: true },
    classes,
    isListed: true,
    score: 0.8,
    build: (sketch, box) => {
      const edges = [box.top, box.left, box.bottom, box.right];
      const shares = sketch.row(...edges.map((edge) => sketch.times(edge, 1 / sketchSide)));
      const rest = new Array<number>(queries - 1).fill(0);
      const boxes = list(sketch, shares, idleQueries([0, 0, 1, 1]));
      sketch.output('detection_boxes', boxes, [1, queries, 4]);
      // Classes are counted from 1.
      sketch.output('detection_classes', sketch.floats([at + 1, ...rest.map(() => 1)]), [
        1,
        queries,
      ]);
      const scored = sketch.row(
        sketch.times(box.found, 0.8),
        sketch.floats(rest.map(() => 0.0001)),
      );
      sketch.output('detection_scores', scored, [1, queries]);
      sketch.output('num_detections', sketch.floats([queries], [1]), [1]);
    },
  },
];

/** The bytes of a sketched model; `input` replaces parts of its input. */
export function sketchModel(format: SketchedFormat, input: Partial<SketchInput> = {}): Uint8Array {
  const sketch = new ModelSketch();
  format.build(sketch, sketch.find({ ...format.input, ...input }));
  return sketch.graph.encode();
}

/** Names of the classes of a sketched model. */
export const sketchNames: readonly string[] = ['bolt', 'nut', 'red thing', 'washer', 'wire'];
