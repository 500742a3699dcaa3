import { elementTypeId, OnnxGraph } from '../../../../operators/detect/engines/onnx/onnx-graph.ts';
import { classes } from './sketch-rows.ts';
import { sketchColours } from './model-sketch.ts';

/** The score of the object in a free sketch. */
export const freeScore = 0.8;

/**
 * A detector for pictures of any width and height in multiples of its last stride, that finds a
 * rectangle of one colour in each cell inside it. Its rows are those of the cells of the picture
 * that it is given.
 *
 * @param rows A number of rows that it needs; null: any.
 * @param strides Those of its grids.
 */
export function freeSketch(
  format: 'yolov8' | 'yolox',
  sides: readonly (number | string)[],
  rows: number | null = null,
  strides: readonly number[] = [8, 16, 32],
) {
  const graph = new OnnxGraph();
  let constants = 0;
  const number = (value: number) =>
    graph.floats(`c${constants++}`, [1, 1, 1, 1], Float32Array.of(value));
  const op = (type: string, inputs: readonly string[], attributes = {}) =>
    graph.op(type, inputs, attributes);
  const image = graph.input('images', 'float32', [1, 3, ...sides]);
  const mask = maskOf(graph, image, format === 'yolox');
  const ones = op('Add', [op('Mul', [mask, number(0)]), number(1)]);
  // The middle of each pixel, and of it and the picture's edge.
  const places = [3, 2].map((axis) =>
    op('Sub', [
      op('CumSum', [ones, graph.integers(`axis${axis}`, [axis], [])]),
      graph.floats(`half${axis}`, [1, 1, 1, 1], Float32Array.of(0.5)),
    ]),
  );
  const [[left, right], [top, bottom]] = places.map((place) => {
    const away = op('Mul', [op('Sub', [number(1), mask]), number(1e4)]);
    const inside = op('Mul', [place, mask]);
    const all = { axes: [2, 3], keepdims: 1 };
    const low = op('ReduceMin', [op('Add', [inside, away])], all);
    const high = op('ReduceMax', [inside], all);
    return [op('Sub', [low, number(0.5)]), op('Add', [high, number(0.5)])];
  }) as [[string, string], [string, string]];
  const middle = (a: string, b: string) => op('Mul', [op('Add', [a, b]), number(0.5)]);
  const object = [
    ...[middle(left, right), middle(top, bottom)],
    ...[op('Sub', [right, left]), op('Sub', [bottom, top])],
  ];
  const width = (format === 'yolox' ? 5 : 4) + classes;
  const levels = strides.map((stride) => {
    const pool = { kernel_shape: [stride, stride], strides: [stride, stride] };
    const [x, y, share] = [...places, mask].map((map) => op('AveragePool', [map], pool));
    const inside = op('Cast', [op('Less', [number(0.99), share!])], { to: float });
    const outside = op('Sub', [number(1), inside]);
    const none = op('Mul', [inside, number(0)]);
    const size = op('Add', [none, number(stride)]);
    const box = [x!, y!, size, size].map((own, i) =>
      op('Add', [op('Mul', [own, outside]), op('Mul', [object[i]!, inside])]),
    );
    const score = op('Mul', [inside, number(format === 'yolox' ? freeScore / 0.9 : freeScore)]);
    const objectness = format === 'yolox' ? [op('Mul', [inside, number(0.9)])] : [];
    const scores = Array.from({ length: classes }, (_, k) => (k === 2 ? score : none));
    const maps = op('Concat', [...box, ...objectness, ...scores], { axis: 1 });
    const shape = graph.integers(`shape${stride}`, [1, width, -1]);
    return op('Reshape', [maps, shape]);
  });
  const all = op('Concat', levels, { axis: 2 });
  const shape = graph.integers('shape', [1, width, rows ?? -1]);
  const table = op('Reshape', [all, shape]);
  if (format === 'yolov8') graph.op('Identity', [table], {}, 'output');
  else graph.op('Transpose', [table], { perm: [0, 2, 1] }, 'output');
  graph.output('output', 'float32', format === 'yolov8' ? [1, width, 'N'] : [1, 'N', width]);
  return graph.encode();
}

const float = elementTypeId('float32');

/** [1, 1, H, W]: 1 where the picture has the object's colour. */
function maskOf(graph: OnnxGraph, image: string, isBgr: boolean): string {
  const { object } = sketchColours;
  const wanted = isBgr ? object.toReversed() : object.map((value) => value / 255);
  const near = isBgr ? 12 : 12 / 255;
  const colour = graph.floats('colour', [1, 3, 1, 1], Float32Array.from(wanted));
  const most = graph.floats('near', [1, 1, 1, 1], Float32Array.of(near));
  const difference = graph.op('Abs', [graph.op('Sub', [image, colour])]);
  const alike = graph.op('Cast', [graph.op('Less', [difference, most])], { to: float });
  return graph.op('ReduceMin', [alike], { axes: [1], keepdims: 1 });
}
