import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { canvasOf, type ViewSize } from '../../../ingest/frames/view-size.ts';
import { backboneTaps, type Backbone } from '../backbone.ts';
import { loadTfjsModel, type TfjsCore, type TfjsModel } from './tfjs-model.ts';

/** The backbone on TensorFlow.js: one graph for pictures of all sizes, loaded on first use. */
export class TfjsGraphs {
  readonly core: TfjsCore;
  readonly #backbone: Backbone;
  #graph: Promise<TfjsModel> | null = null;

  constructor(core: TfjsCore, backbone: Backbone) {
    this.core = core;
    this.#backbone = backbone;
  }

  graph(): Promise<TfjsModel> {
    return (this.#graph ??= loadTfjsModel(this.core, this.#backbone));
  }

  /**
   * Runs `count` pictures of this size and returns three of the graph's nodes. Call it in
   * `tf.tidy`: its inputs are left to that.
   */
  execute(
    { model, upsampled }: TfjsModel,
    bytes: Uint8Array,
    count: number,
    size: ViewSize,
    taps: readonly [string, string, string],
  ): [Tensor4D, Tensor4D, Tensor4D] {
    const { width, height } = canvasOf(size);
    const pixels = this.core.tensor4d(Float32Array.from(bytes), [count, height, width, 3]);
    const inputs: Record<string, Tensor> = { [backboneTaps.input]: pixels };
    for (const { name, stride } of upsampled)
      inputs[name] = this.core.tensor1d([height / stride, width / stride], 'int32');
    return model.execute(inputs, [...taps]) as [Tensor4D, Tensor4D, Tensor4D];
  }

  async close(): Promise<void> {
    (await this.#graph)?.model.dispose();
    this.#graph = null;
  }
}

/** Reads a tensor's floats; the tensor stays. */
export async function readFloats(tensor: Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

/** Reads a tensor's floats and disposes of it. */
export async function takeFloats(tensor: Tensor): Promise<Float32Array> {
  return (await takeData(tensor)) as Float32Array;
}

/** Reads a tensor's values and disposes of it. */
export async function takeData(tensor: Tensor): Promise<Float32Array | Int32Array | Uint8Array> {
  try {
    return await tensor.data();
  } finally {
    tensor.dispose();
  }
}
