import { backboneTaps, layoutPool, type Backbone } from '../backbone.ts';
import { denseLatentLength, cropEmbeddingLength } from '../engine.ts';
import { OnnxGraph, elementTypeId } from './onnx-graph.ts';
import { addBackbone } from './backbone-to-onnx.ts';

/**
 * Builds the ONNX model that outputs only the peaks of one picture.
 *
 * Inputs: `image` uint8 [1, H, W, 3]; `weights` [1, 128, 1, 1] and `bias` [1], the learned
 * objectness; `k` int64 [1], the number of cells to output. Outputs, K rows each, strongest first:
 * `score` (0 beyond the last peak), `cell`, `logit` and `class` of the hottest base class, `total`
 * heat of all base classes, `extents` [K, 4], `latents` [K, 128]. Objectness is an input, so a new
 * head needs no new model, only other tensors.
 */
export function detectModel(model: Backbone): Uint8Array {
  const graph = new OnnxGraph();
  const { latent, heatLogits, extents } = backboneTaps;
  addBackbone(graph, model, addImage(graph, 1), [latent, heatLogits, extents]);
  const weights = graph.input('weights', 'float32', [1, denseLatentLength, 1, 1]);
  const bias = graph.input('bias', 'float32', [1]);
  const k = graph.input('k', 'int64', [1]);

  // The sigmoid is monotonic, so the maximum can be taken before it: one map instead of 80.
  const heat = graph.op('Sigmoid', [
    graph.op('ReduceMax', [heatLogits], { axes: [1], keepdims: 1 }),
  ]);
  const linear = graph.op('Conv', [latent, weights, bias], { kernel_shape: [1, 1] });
  const bounds = [
    graph.floats('zero', [], Float32Array.of(0)),
    graph.floats('one', [], Float32Array.of(1)),
  ];
  const combined = graph.op('Max', [heat, graph.op('Clip', [linear, ...bounds])]);

  const isPeak = (map: string) => {
    const around = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] };
    return graph.op('Equal', [map, graph.op('MaxPool', [map], around)]);
  };
  // Peaks of base heat stay peaks next to stronger learned objectness.
  const either = graph.op('Or', [isPeak(combined), isPeak(heat)]);
  const peaks = graph.op('Where', [either, combined, 'zero']);
  const flat = graph.op('Reshape', [peaks, graph.integers('line', [-1])]);
  graph.opWith('TopK', [flat, k], { axis: 0, sorted: 1 }, ['score', 'cell']);

  // Columns are gathered from the channels-first maps: transposing whole maps costs more.
  const logits = gatherCells(graph, heatLogits, 80);
  graph.op('ReduceMax', [logits], { axes: [0], keepdims: 0 }, 'logit');
  graph.op('ArgMax', [logits], { axis: 0, keepdims: 0 }, 'class');
  graph.op(
    'ReduceSum',
    [graph.op('Sigmoid', [logits]), graph.integers('classes', [0])],
    { keepdims: 0 },
    'total',
  );
  graph.op('Transpose', [gatherCells(graph, extents, 4)], { perm: [1, 0] }, 'extents');
  graph.op(
    'Transpose',
    [gatherCells(graph, latent, denseLatentLength)],
    { perm: [1, 0] },
    'latents',
  );

  graph.output('score', 'float32', ['K']);
  graph.output('cell', 'int64', ['K']);
  graph.output('logit', 'float32', ['K']);
  graph.output('class', 'int64', ['K']);
  graph.output('total', 'float32', ['K']);
  graph.output('extents', 'float32', ['K', 4]);
  graph.output('latents', 'float32', ['K', denseLatentLength]);
  return graph.encode();
}

/**
 * Builds the ONNX model that pools the backbone's taps over each crop of `cropSize` pixels.
 *
 * Input: `image` uint8 [N, S, S, 3]. Output: `pooled` [N, cropEmbeddingLength - 2], in the order
 * of `builtInLayout`.
 */
export function cropModel(model: Backbone, cropSize: number): Uint8Array {
  const graph = new OnnxGraph();
  const { layout, parts, texture } = backboneTaps;
  addBackbone(graph, model, addImage(graph, 'N'), [layout, parts, texture]);
  const { window, step } = layoutPool(cropSize);
  const places = graph.op('AveragePool', [layout], {
    kernel_shape: [window, window],
    strides: [step, step],
  });
  const pools = [places, graph.op('GlobalMaxPool', [parts]), graph.op('GlobalMaxPool', [texture])];
  const flat = pools.map((pool) => graph.op('Flatten', [pool], { axis: 1 }));
  graph.op('Concat', flat, { axis: 1 }, 'pooled');
  graph.output('pooled', 'float32', ['N', cropEmbeddingLength - 2]);
  return graph.encode();
}

/**
 * Builds the ONNX model that outputs whole maps, channels last.
 *
 * Input: `image` uint8 [1, H, W, 3]. Outputs: `latents` [1, H/4, W/4, 128], `heat` and `class`
 * [1, H/4, W/4] of the hottest base class, `total` heat of all base classes, `extents`
 * [1, H/4, W/4, 4].
 */
export function denseModel(model: Backbone): Uint8Array {
  const graph = new OnnxGraph();
  const { latent, heatLogits, extents } = backboneTaps;
  addBackbone(graph, model, addImage(graph, 1), [latent, heatLogits, extents]);
  graph.op(
    'Sigmoid',
    [graph.op('ReduceMax', [heatLogits], { axes: [1], keepdims: 0 })],
    {},
    'heat',
  );
  graph.op('ArgMax', [heatLogits], { axis: 1, keepdims: 0 }, 'class');
  graph.op(
    'ReduceSum',
    [graph.op('Sigmoid', [heatLogits]), graph.integers('classes', [1])],
    { keepdims: 0 },
    'total',
  );
  graph.op('Transpose', [latent], { perm: [0, 2, 3, 1] }, 'latents');
  graph.op('Transpose', [extents], { perm: [0, 2, 3, 1] }, 'extents');
  graph.output('latents', 'float32', [1, 'rows', 'columns', denseLatentLength]);
  graph.output('heat', 'float32', [1, 'rows', 'columns']);
  graph.output('class', 'int64', [1, 'rows', 'columns']);
  graph.output('total', 'float32', [1, 'rows', 'columns']);
  graph.output('extents', 'float32', [1, 'rows', 'columns', 4]);
  return graph.encode();
}

/** Bytes, channels last → floats, channels first; transposed as bytes, a quarter of the memory. */
function addImage(graph: OnnxGraph, count: number | string): string {
  const bytes = graph.input('image', 'uint8', [count, 'H', 'W', 3]);
  const moved = graph.op('Transpose', [bytes], { perm: [0, 3, 1, 2] });
  return graph.op('Cast', [moved], { to: elementTypeId('float32') });
}

/** [1, channels, H, W] at the cells of the peaks → [channels, K]. */
function gatherCells(graph: OnnxGraph, map: string, channels: number): string {
  const shape = graph.integers(`columns-${String(channels)}`, [channels, -1]);
  return graph.op('Gather', [graph.op('Reshape', [map, shape]), 'cell'], { axis: 1 });
}
