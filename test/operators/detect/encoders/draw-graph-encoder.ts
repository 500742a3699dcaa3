import {
  addConstant,
  addOp,
  type SketchedGraph,
  writeGraphModel,
} from '../models/graph-model-sketch.ts';
import { vectorLength, weightsOf } from './draw-encoder.ts';

export interface DrawnGraphEncoder {
  readonly type?: 'float32' | 'uint8';
  /** Null: any. */
  readonly batch?: number | null;
  /** Null: any. */
  readonly size?: number | null;
  /** `map`: a vector for each pixel. */
  readonly kind?: 'vector' | 'map';
  /** Multiplies all weights. */
  readonly gain?: number;
  /** Names of the outputs: of the vectors, and of the whole numbers. */
  readonly outputs?: readonly [string, string];
}

/**
 * Writes a GraphModel of the vectors of `drawEncoder`, a matrix times the mean colour of the
 * picture, and of numbers that are no vectors; returns the path of its model.json.
 */
export function writeGraphEncoder(folder: string, options: DrawnGraphEncoder = {}): string {
  const { type = 'float32', batch = null, size = 32, kind = 'vector', gain = 1 } = options;
  const [vectors, numbers] = options.outputs ?? ['features', 'rounded'];
  const model: SketchedGraph = { nodes: [], weights: [], data: [], inputs: {}, outputs: {} };
  const dtype = type === 'float32' ? 'DT_FLOAT' : 'DT_UINT8';
  const dim = [batch, size, size, 3].map((side) => ({ size: String(side ?? -1) }));
  model.inputs.pixel_values = { name: 'pixel_values:0', dtype, tensorShape: { dim } };
  model.nodes.push({
    name: 'pixel_values',
    op: 'Placeholder',
    attr: { dtype: { type: dtype }, shape: { shape: { dim } } },
  });
  const cast = { DstT: { type: 'DT_FLOAT' } };
  const picture = addOp(model, 'Cast', ['pixel_values'], 'floats', cast);
  const weights = weightsOf(gain);
  // A matrix of 3 × vectorLength, which is also a convolution of single pixels.
  const columns = Float32Array.from(
    weights,
    (_, i) => weights[3 * (i % vectorLength) + Math.floor(i / vectorLength)]!,
  );
  const isMap = kind === 'map';
  const shape = [...(isMap ? [1, 1] : []), 3, vectorLength];
  const matrix = addConstant(model, 'weights', shape, columns);
  if (isMap) {
    const attr = {
      strides: { list: { i: ['1', '1', '1', '1'] } },
      padding: { s: Buffer.from('SAME').toString('base64') },
      data_format: { s: Buffer.from('NHWC').toString('base64') },
      dilations: { list: { i: ['1', '1', '1', '1'] } },
    };
    addOp(model, 'Conv2D', [picture, matrix], 'features', attr);
  } else {
    const axes = addConstant(model, 'axes', [2], Int32Array.of(1, 2));
    const mean = addOp(model, 'Mean', [picture, axes], 'mean', { keep_dims: { b: false } });
    addOp(model, 'MatMul', [mean, matrix], 'features', {
      transpose_a: { b: false },
      transpose_b: { b: false },
    });
  }
  addOp(model, 'Cast', ['features'], 'rounded', { DstT: { type: 'DT_INT32' } });
  model.outputs[vectors] = { name: 'features:0', dtype: 'DT_FLOAT' };
  model.outputs[numbers] = { name: 'rounded:0', dtype: 'DT_INT32' };
  return writeGraphModel(folder, model);
}
