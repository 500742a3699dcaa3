import type * as tf from '@tensorflow/tfjs-core';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import { backboneTaps, storedSize, type Backbone, type GraphNode } from '../backbone.ts';
import { EngineError } from '../engine-error.ts';

/** The module @tensorflow/tfjs-core. */
export type TfjsCore = typeof tf;

/** The backbone on TensorFlow.js, for pictures of any size in multiples of 32 pixels. */
export interface TfjsModel {
  readonly model: GraphModel;
  /** Further inputs, int32 [2]: the height and width to upsample to, the picture's / stride. */
  readonly upsampled: readonly { readonly name: string; readonly stride: number }[];
}

/**
 * Loads the backbone for batches of pictures of any size.
 *
 * The stored graph fixes 512 in its placeholder, its signature and the target sizes of its three
 * upsamplings. In a copy, this frees the first two and makes inputs of the last, so that one copy
 * of the weights serves all sizes.
 */
export async function loadTfjsModel(core: TfjsCore, model: Backbone): Promise<TfjsModel> {
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  const { description } = model;
  const shape = { dim: ['-1', '-1', '-1', '3'].map((side) => ({ size: side })) };
  const upsampled = upsamplings(model);
  const freed = new Set(upsampled.map(({ name }) => name));
  const { specs, data } = pack(model, freed);
  const graph = await loadGraphModel(
    core.io.fromMemory({
      format: description.format,
      modelTopology: {
        ...description.modelTopology,
        node: description.modelTopology.node.map((node) => {
          if (freed.has(node.name)) return { ...node, op: 'Placeholder', attr: twoIntegers };
          if (node.op !== 'Placeholder') return node;
          return { ...node, attr: { ...node.attr, shape: { shape } } };
        }),
      },
      signature: {
        ...description.signature,
        inputs: {
          [backboneTaps.input]: {
            ...description.signature.inputs[backboneTaps.input],
            tensorShape: shape,
          },
          ...Object.fromEntries([...freed].map((name) => [name, signatureOf(name)])),
        },
      },
      weightSpecs: specs,
      weightData: data,
    }),
  );
  return { model: graph, upsampled };
}

const twoDims = { dim: [{ size: '2' }] };
const twoIntegers = { shape: { shape: twoDims }, dtype: { type: 'DT_INT32' } };

function signatureOf(name: string) {
  return { name, dtype: 'DT_INT32', tensorShape: twoDims };
}

/** The constants that hold the target sizes of upsamplings. */
function upsamplings({ description, constants }: Backbone): TfjsModel['upsampled'] {
  const nodes: readonly GraphNode[] = description.modelTopology.node;
  const names = nodes.flatMap(({ op, input }) =>
    op === 'ResizeBilinear' && input?.[1] !== undefined ? [input[1]] : [],
  );
  return [...new Set(names)].map((name) => {
    const side = constants.get(name)?.data[0];
    if (side === undefined)
      throw new EngineError('bad-model', `the backbone has no target size ${name}`);
    return { name, stride: storedSize / side };
  });
}

function pack(
  model: Backbone,
  leftOut: ReadonlySet<string>,
): { specs: tf.io.WeightsManifestEntry[]; data: ArrayBuffer } {
  const specs: tf.io.WeightsManifestEntry[] = [];
  const constants = [...model.constants].filter(([name]) => !leftOut.has(name));
  let bytes = 0;
  for (const [, { data }] of constants) bytes += data.byteLength;
  const packed = new Uint8Array(bytes);
  let offset = 0;
  for (const [name, { shape, data }] of constants) {
    specs.push({
      name,
      shape: [...shape],
      dtype: data instanceof Int32Array ? 'int32' : 'float32',
    });
    packed.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return { specs, data: packed.buffer };
}
