import { addConstant, addOp, type SketchedGraph } from './graph-model-sketch.ts';
import { sketchSide } from './model-sketch.ts';
import { at, classes } from './sketch-rows.ts';
import { bytes, rgbUnit, type SketchedFormat } from './sketched-format.ts';

/** Rows that detectors with suppression in their graph return. */
const rowsMax = 10;

/**
 * The object twice, the second time weaker and not quite at the same place, as shares of the view:
 * `boxes` [2, 4] and `scores` [2].
 */
function twoBoxes(order: 'xyxy' | 'yxyx'): SketchedFormat['build'] {
  return (sketch, { left, top, right, bottom, found }) => {
    const share = (edge: string, more: number) =>
      sketch.times(sketch.sum(edge, sketch.floats([more])), 1 / sketchSide);
    const row = (more: number) => {
      const x = [share(left, more), share(right, more)];
      const y = [share(top, 0), share(bottom, 0)];
      const [a, b] = order === 'xyxy' ? [x, y] : [y, x];
      return sketch.row(a[0]!, b[0]!, a[1]!, b[1]!);
    };
    const { graph } = sketch;
    graph.op('Concat', [row(0), row(1)], { axis: 0 }, 'boxes');
    const scored = sketch.row(sketch.times(found, 0.8), sketch.times(found, 0.7));
    graph.op('Gather', [scored, graph.integers('first', [0], [])], { axis: 0 }, 'scores');
  };
}

/** Suppresses overlaps of `boxes`; the number of rows that stay depends on the picture. */
function suppress(model: SketchedGraph): { boxes: string; scores: string } {
  const scalar = (name: string, value: Float32Array | Int32Array) =>
    addConstant(model, name, [], value);
  const limits = [
    scalar('rows', Int32Array.of(rowsMax)),
    scalar('overlap', Float32Array.of(0.45)),
    scalar('least', Float32Array.of(0.25)),
  ];
  const chosen = addOp(model, 'NonMaxSuppressionV3', ['boxes', 'scores', ...limits], 'nms', {
    T: { type: 'DT_FLOAT' },
  });
  const zero = scalar('zero', Int32Array.of(0));
  return {
    boxes: addOp(model, 'GatherV2', ['boxes', chosen, zero], 'own_boxes'),
    scores: addOp(model, 'GatherV2', ['scores', chosen, zero], 'own_scores'),
  };
}

/** Outputs of boxes, scores, classes and number, filled up to `rowsMax` rows with `filler`. */
function pad(
  model: SketchedGraph,
  names: Readonly<Record<'boxes' | 'scores' | 'classes' | 'number', string>>,
  classId: number,
  filler: number,
): SketchedGraph {
  const { boxes, scores } = suppress(model);
  const scalar = (name: string, value: number) =>
    addConstant(model, name, [], Float32Array.of(value));
  const axis = addConstant(model, 'axis', [], Int32Array.of(0));
  const fill = (name: string, width: number, value: number) =>
    addConstant(
      model,
      name,
      width === 1 ? [rowsMax] : [rowsMax, width],
      new Float32Array(rowsMax * width).fill(value),
    );
  const first = (value: string, filled: string, width: number, name: string) => {
    const all = addOp(model, 'ConcatV2', [value, filled, axis], `${name}/all`, { N: { i: '2' } });
    const from = addConstant(
      model,
      `${name}/from`,
      [width === 1 ? 1 : 2],
      new Int32Array(width === 1 ? 1 : 2),
    );
    const size = Int32Array.from(width === 1 ? [rowsMax] : [rowsMax, width]);
    const sides = addConstant(model, `${name}/size`, [size.length], size);
    const own = addOp(model, 'Slice', [all, from, sides], `${name}/own`);
    return addOp(model, 'ExpandDims', [own, axis], name);
  };
  const zeros = addOp(model, 'Mul', [scores, scalar('none', 0)], 'zeros');
  const ids = addOp(model, 'AddV2', [zeros, scalar('id', classId)], 'ids');
  const ones = addOp(model, 'AddV2', [zeros, scalar('one', 1)], 'ones');
  const number = addOp(model, 'Sum', [ones, axis], 'count', { keep_dims: { b: false } });
  first(boxes, fill('no_boxes', 4, 0), 4, names.boxes);
  first(scores, fill('no_scores', 1, filler), 1, names.scores);
  first(ids, fill('no_classes', 1, filler), 1, names.classes);
  addOp(model, 'ExpandDims', [number, axis], names.number);
  const all = Object.values(names);
  model.outputs = Object.fromEntries(all.map((name) => [name, { name: `${name}:0` }]));
  return model;
}

/** SSD of TensorFlow's detection models, with NonMaxSuppression in the graph. */
export const suppressedSsd: SketchedFormat = {
  name: 'ssd, suppressed in the graph',
  format: 'ssd',
  fit: 'stretch',
  input: { ...bytes, channelsLast: true },
  classes,
  isListed: true,
  score: 0.8,
  build: twoBoxes('yxyx'),
  edit: (model) =>
    pad(
      model,
      {
        boxes: 'detection_boxes',
        scores: 'detection_scores',
        classes: 'detection_classes',
        number: 'num_detections',
      },
      at + 1,
      0,
    ),
};

/** YOLOv5's export for TensorFlow.js: boxes, scores, classes and number, known by their order. */
export const suppressedYolov5: SketchedFormat = {
  name: 'yolov5, suppressed in the graph',
  format: 'end-to-end',
  fit: 'letterbox',
  anchor: 'centre',
  input: { ...rgbUnit, channelsLast: true },
  classes,
  isListed: true,
  score: 0.8,
  build: twoBoxes('xyxy'),
  edit: (model) =>
    pad(
      model,
      { boxes: 'Identity', scores: 'Identity_1', classes: 'Identity_2', number: 'Identity_3' },
      at,
      -1,
    ),
};
