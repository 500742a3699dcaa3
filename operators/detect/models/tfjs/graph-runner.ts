import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { NumericDataType, Tensor } from '@tensorflow/tfjs-core';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import type { TfjsCore } from '../../engines/tfjs/tfjs-model.ts';
import { badModel } from '../bad-model.ts';
import type { ModelOutput } from '../model-ports.ts';
import type { GraphModelFile } from './graph-model-file.ts';

/** A GraphModel on a backend of TensorFlow.js. Each run disposes of its tensors, not of weights. */
export class TfjsGraphRunner {
  readonly #core: TfjsCore;
  readonly #graph: GraphModel;
  readonly #outputs: readonly string[];
  /** Tensors that stay: an output that is a constant is the weight itself. */
  readonly #weights: ReadonlySet<number>;
  /** Null until the first run shows it. */
  #isDynamic: boolean | null = null;

  /** Rejects with an `EngineError` `bad-model` for a graph that TensorFlow.js does not take. */
  static async open(core: TfjsCore, file: GraphModelFile): Promise<TfjsGraphRunner> {
    const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
    try {
      const graph = await loadGraphModel(core.io.fromMemory(file.artifacts));
      const outputs = file.outputs.map(({ name }) => name);
      return new TfjsGraphRunner(core, graph, outputs);
    } catch (cause) {
      throw badModel(file, `TensorFlow.js does not open it: ${messageOf(cause)}`, cause);
    }
  }

  private constructor(core: TfjsCore, graph: GraphModel, outputs: readonly string[]) {
    this.#core = core;
    this.#graph = graph;
    this.#outputs = outputs;
    this.#weights = new Set(
      Object.values(graph.weights)
        .flat()
        .map(({ id }) => id),
    );
  }

  /** Runs it on one input, and gives its numeric outputs as floats. */
  async run(
    name: string,
    values: Float32Array | Int32Array,
    shape: readonly number[],
    type: NumericDataType,
  ): Promise<ModelOutput[]> {
    const input = this.#core.tensor(values, [...shape], type);
    try {
      const tensors = await this.#execute(name, input);
      try {
        return await Promise.all(tensors.map((tensor, i) => outputOf(this.#outputs[i]!, tensor)));
      } finally {
        this.#core.dispose(tensors.filter(({ id }) => !this.#weights.has(id)));
      }
    } finally {
      input.dispose();
    }
  }

  close(): void {
    this.#graph.dispose();
  }

  /**
   * Runs it at once, or step by step where sizes within it depend on the picture, as after the
   * suppression of overlaps: only a try tells which of both a graph needs.
   */
  async #execute(name: string, input: Tensor): Promise<Tensor[]> {
    const outputs = [...this.#outputs];
    if (this.#isDynamic !== true) {
      try {
        const found = this.#graph.execute({ [name]: input }, outputs);
        this.#isDynamic = false;
        return listOf(found);
      } catch (error) {
        if (this.#isDynamic !== null || !messageOf(error).includes('executeAsync')) throw error;
        this.#isDynamic = true;
      }
    }
    return listOf(await this.#graph.executeAsync({ [name]: input }, outputs));
  }
}

function listOf(tensors: Tensor | Tensor[]): Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors];
}

/** The name of an output: converters write `Identity:0` for the first value of `Identity`. */
export function outputName(name: string): string {
  return name.replace(/:0$/, '');
}

async function outputOf(name: string, tensor: Tensor): Promise<ModelOutput> {
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'int32' && tensor.dtype !== 'bool')
    throw new TypeError(`its output ${name} holds no numbers, but ${tensor.dtype}`);
  const values = await tensor.data();
  return {
    name: outputName(name),
    shape: tensor.shape,
    values: values instanceof Float32Array ? values : Float32Array.from(values),
  };
}
