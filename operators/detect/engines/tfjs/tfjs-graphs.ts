import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { backboneTaps, type Backbone } from '../backbone.ts';
import { loadTfjsModel, type TfjsCore } from './tfjs-model.ts';

/** The backbone on TensorFlow.js: one graph per picture size, loaded on first use. */
export class TfjsGraphs {
  readonly core: TfjsCore;
  readonly #backbone: Backbone;
  readonly #graphs = new Map<number, Promise<GraphModel>>();

  constructor(core: TfjsCore, backbone: Backbone) {
    this.core = core;
    this.#backbone = backbone;
  }

  /** The graph for pictures of `size` × `size`. */
  of(size: number): Promise<GraphModel> {
    let graph = this.#graphs.get(size);
    if (graph === undefined) {
      graph = loadTfjsModel(this.core, this.#backbone, size);
      this.#graphs.set(size, graph);
    }
    return graph;
  }

  /** Runs `count` pictures of `side` × `side` and returns three of the graph's nodes. */
  execute(
    graph: GraphModel,
    bytes: Uint8Array,
    count: number,
    side: number,
    taps: readonly [string, string, string],
  ): [Tensor4D, Tensor4D, Tensor4D] {
    const pixels = this.core.tensor4d(Float32Array.from(bytes), [count, side, side, 3]);
    const outputs = graph.execute({ [backboneTaps.input]: pixels }, [...taps]);
    return outputs as [Tensor4D, Tensor4D, Tensor4D];
  }

  async close(): Promise<void> {
    for (const graph of this.#graphs.values()) (await graph).dispose();
    this.#graphs.clear();
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
