import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { backboneTaps, layoutPool, loadBackbone, type Backbone } from '../backbone.ts';
import { cocoClasses } from '../coco-classes.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
  cropSize,
  stride,
  type DenseMaps,
  type Engine,
  type ObjectnessHead,
  type Peaks,
} from '../engine.ts';
import { boxesFromExtents, checkView, pickPeaks } from '../peaks.ts';
import { startTfjsBackend, type TfjsBackend } from './tfjs-backend.ts';
import { loadTfjsModel, type TfjsCore } from './tfjs-model.ts';

/**
 * Loads the backbone on TensorFlow.js: on libtensorflow (GPU, then CPU) if installed, else on
 * WebAssembly. One graph is loaded per picture size, on first use.
 *
 * Rejects with an EngineError if no backend loads.
 */
export async function loadTfjsEngine(
  options: { readonly provider?: 'wasm' } = {},
): Promise<TfjsEngine> {
  const backend = await startTfjsBackend(options.provider);
  return new TfjsEngine(backend, await loadBackbone());
}

/** The backbone on TensorFlow.js. Each call disposes of its tensors before it resolves. */
export class TfjsEngine implements Engine {
  readonly name = 'tfjs';
  readonly provider: string;
  readonly version: string;
  readonly baseClasses = cocoClasses;
  /** Why faster backends are not used, one short line each. */
  readonly refused: readonly string[];
  readonly #core: TfjsCore;
  readonly #model: Backbone;
  readonly #graphs = new Map<number, Promise<GraphModel>>();
  #objectness: { readonly weights: Tensor; readonly bias: Tensor };

  constructor(backend: TfjsBackend, model: Backbone) {
    this.provider = backend.provider;
    this.version = backend.version;
    this.refused = backend.refused;
    this.#core = backend.core;
    this.#model = model;
    this.#objectness = this.#tensors({ weights: new Float32Array(denseLatentLength), bias: 0 });
  }

  setObjectness(head: ObjectnessHead): void {
    const next = this.#tensors(head);
    this.#core.dispose(Object.values(this.#objectness));
    this.#objectness = next;
  }

  /** Number of tensors in the backend: between calls, the weights only. */
  get tensors(): number {
    return this.#core.memory().numTensors;
  }

  async detect(view: Uint8Array, viewSize: number, maxPeaks: number): Promise<Peaks> {
    checkView(view, viewSize, 1);
    const graph = await this.#graph(viewSize);
    const side = viewSize / stride;
    const tf = this.#core;
    const maps = tf.tidy(() => {
      const taps = [backboneTaps.latent, backboneTaps.heatLogits, backboneTaps.extents];
      const [latent, logits, extents] = this.#execute(graph, view, 1, viewSize, taps);
      const latents = tf.reshape(latent, [side * side, denseLatentLength]);
      const { weights, bias } = this.#objectness;
      const learned = tf.clipByValue(tf.add(tf.matMul(latents, weights), bias), 0, 1);
      const heat = tf.sigmoid(tf.reshape(tf.max(logits, 3), [side * side, 1]));
      return {
        latents,
        logits: tf.reshape(logits, [side * side, cocoClasses.length]),
        extents: tf.reshape(extents, [side * side, 4]),
        heat,
        combined: tf.maximum(heat, learned),
      };
    });
    try {
      const combined = await floats(maps.combined);
      const cells = pickPeaks(combined, side, maxPeaks, await floats(maps.heat));
      return await this.#gather(maps, combined, cells, side);
    } finally {
      tf.dispose(Object.values(maps));
    }
  }

  async embedCrops(
    crops: Uint8Array,
    logSizes: Float32Array,
    count: number,
  ): Promise<Float32Array> {
    const out = new Float32Array(count * cropEmbeddingLength);
    if (count === 0) return out;
    checkView(crops, cropSize, count);
    const graph = await this.#graph(cropSize);
    const tf = this.#core;
    const { window, step } = layoutPool;
    const pooled = tf.tidy(() => {
      const [layout, parts, texture] = this.#execute(graph, crops, count, cropSize, [
        backboneTaps.layout,
        backboneTaps.parts,
        backboneTaps.texture,
      ]);
      const places = tf.transpose(tf.avgPool(layout, window, step, 'valid'), [0, 3, 1, 2]);
      const maxima = [parts, texture].map((tap) => tf.max(tap, [1, 2]));
      return tf.concat([tf.reshape(places, [count, -1]), ...maxima], 1);
    });
    const values = await takeFloats(pooled);
    const length = cropEmbeddingLength - 2;
    for (let i = 0; i < count; i++) {
      const row = i * cropEmbeddingLength;
      out.set(values.subarray(i * length, (i + 1) * length), row);
      out.set(logSizes.subarray(2 * i, 2 * i + 2), row + length);
    }
    return out;
  }

  async dense(view: Uint8Array, viewSize: number): Promise<DenseMaps> {
    checkView(view, viewSize, 1);
    const graph = await this.#graph(viewSize);
    const tf = this.#core;
    const maps = tf.tidy(() => {
      const taps = [backboneTaps.latent, backboneTaps.heatLogits, backboneTaps.extents];
      const [latent, logits, distances] = this.#execute(graph, view, 1, viewSize, taps);
      const heat: Tensor = tf.sigmoid(tf.max(logits, 3));
      const shares: Tensor = tf.div(heat, tf.sum(tf.sigmoid(logits), 3));
      const hottest = tf.argMax(logits, 3);
      return { latents: latent, heat, shares, hottest, extents: distances };
    });
    return {
      side: viewSize / stride,
      latents: await takeFloats(maps.latents),
      baseHeat: await takeFloats(maps.heat),
      baseShare: await takeFloats(maps.shares),
      baseClass: (await takeData(maps.hottest)) as Int32Array,
      extents: await takeFloats(maps.extents),
    };
  }

  async close(): Promise<void> {
    this.#core.dispose(Object.values(this.#objectness));
    for (const graph of this.#graphs.values()) (await graph).dispose();
    this.#graphs.clear();
  }

  async #gather(
    maps: { latents: Tensor; logits: Tensor; extents: Tensor },
    combined: Float32Array,
    cells: Int32Array,
    side: number,
  ): Promise<Peaks> {
    const tf = this.#core;
    const count = cells.length;
    const rows = tf.tidy(() => {
      const index = tf.tensor1d(cells, 'int32');
      return {
        latents: tf.gather(maps.latents, index),
        logits: tf.gather(maps.logits, index),
        extents: tf.gather(maps.extents, index),
      };
    });
    const logits = await takeFloats(rows.logits);
    const baseClass = new Int32Array(count);
    const baseScore = new Float32Array(count);
    const baseShare = new Float32Array(count);
    for (let row = 0; row < count; row++) {
      const start = row * cocoClasses.length;
      const heats = logits
        .subarray(start, start + cocoClasses.length)
        .map((logit) => 1 / (1 + Math.exp(-logit)));
      const hottest = indexOfMax(logits, start, cocoClasses.length);
      baseClass[row] = hottest;
      baseScore[row] = heats[hottest]!;
      baseShare[row] = heats[hottest]! / heats.reduce((sum, heat) => sum + heat, 0);
    }
    return {
      count,
      boxes: boxesFromExtents(await takeFloats(rows.extents), cells, side),
      objectness: Float32Array.from(cells, (cell) => combined[cell]!),
      baseClass,
      baseScore,
      baseShare,
      latents: await takeFloats(rows.latents),
      cells,
    };
  }

  #execute(graph: GraphModel, bytes: Uint8Array, count: number, side: number, taps: string[]) {
    const tf = this.#core;
    const pixels = tf.tensor4d(Float32Array.from(bytes), [count, side, side, 3]);
    return graph.execute({ [backboneTaps.input]: pixels }, taps) as [Tensor4D, Tensor4D, Tensor4D];
  }

  #graph(size: number): Promise<GraphModel> {
    let graph = this.#graphs.get(size);
    if (graph === undefined) {
      graph = loadTfjsModel(this.#core, this.#model, size);
      this.#graphs.set(size, graph);
    }
    return graph;
  }

  #tensors(head: ObjectnessHead): { weights: Tensor; bias: Tensor } {
    const weights = this.#core.tensor2d(Float32Array.from(head.weights), [denseLatentLength, 1]);
    return { weights, bias: this.#core.scalar(head.bias) };
  }
}

async function floats(tensor: Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

async function takeFloats(tensor: Tensor): Promise<Float32Array> {
  return (await takeData(tensor)) as Float32Array;
}

/** Reads a tensor's values and disposes of it. */
async function takeData(tensor: Tensor): Promise<Float32Array | Int32Array | Uint8Array> {
  try {
    return await tensor.data();
  } finally {
    tensor.dispose();
  }
}

function indexOfMax(values: Float32Array, from: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}
