import type * as tf from '@tensorflow/tfjs-core';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import { backboneTaps, storedSize, type Backbone, type GraphNode } from '../backbone.ts';

/** The module @tensorflow/tfjs-core. */
export type TfjsCore = typeof tf;

/**
 * Loads the backbone for batches of pictures of `size` × `size`.
 *
 * The stored graph fixes 512 in its placeholder, its signature and the target sizes of its three
 * upsamplings; this rewrites all of them in a copy.
 */
export async function loadTfjsModel(
  core: TfjsCore,
  model: Backbone,
  size: number,
): Promise<GraphModel> {
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  const { description } = model;
  const shape = { dim: ['-1', String(size), String(size), '3'].map((side) => ({ size: side })) };
  const resized = resizeTargets(description.modelTopology.node);
  const { specs, data } = pack(model, (name, values) =>
    resized.has(name) ? values.map((side) => (side * size) / storedSize) : values,
  );
  return loadGraphModel(
    core.io.fromMemory({
      format: description.format,
      modelTopology: {
        ...description.modelTopology,
        node: description.modelTopology.node.map((node) =>
          node.op === 'Placeholder' ? { ...node, attr: { ...node.attr, shape: { shape } } } : node,
        ),
      },
      signature: {
        ...description.signature,
        inputs: {
          [backboneTaps.input]: {
            ...description.signature.inputs[backboneTaps.input],
            tensorShape: shape,
          },
        },
      },
      weightSpecs: specs,
      weightData: data,
    }),
  );
}

/** Names of the constants that hold the target sizes of upsamplings. */
function resizeTargets(nodes: readonly GraphNode[]): Set<string | undefined> {
  return new Set(nodes.filter(({ op }) => op === 'ResizeBilinear').map((node) => node.input?.[1]));
}

function pack(
  model: Backbone,
  rewrite: (name: string, values: Float32Array | Int32Array) => Float32Array | Int32Array,
): { specs: tf.io.WeightsManifestEntry[]; data: ArrayBuffer } {
  const specs: tf.io.WeightsManifestEntry[] = [];
  let bytes = 0;
  for (const { data } of model.constants.values()) bytes += data.byteLength;
  const packed = new Uint8Array(bytes);
  let offset = 0;
  for (const [name, { shape, data }] of model.constants) {
    const values = rewrite(name, data);
    specs.push({
      name,
      shape: [...shape],
      dtype: data instanceof Int32Array ? 'int32' : 'float32',
    });
    packed.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return { specs, data: packed.buffer };
}
