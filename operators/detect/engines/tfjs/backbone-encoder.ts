import { backboneTaps, layoutPool } from '../backbone.ts';
import { builtInLayout } from '../embedding-layout.ts';
import { builtInEncoderId, type BuiltInCropSize, type CropEncoder } from '../engine.ts';
import { checkView } from '../peaks.ts';
import { takeFloats, type TfjsGraphs } from './tfjs-graphs.ts';

const cropTaps = [backboneTaps.layout, backboneTaps.parts, backboneTaps.texture] as const;

/** The built-in encoder, pooled maps of the backbone, on TensorFlow.js. */
export class TfjsBackboneEncoder implements CropEncoder {
  readonly id: string;
  readonly cropSize: number;
  readonly embedding = builtInLayout;
  readonly #graphs: TfjsGraphs;

  constructor(graphs: TfjsGraphs, cropSize: BuiltInCropSize) {
    this.id = builtInEncoderId(cropSize);
    this.cropSize = cropSize;
    this.#graphs = graphs;
  }

  async encode(crops: Uint8Array, count: number): Promise<Float32Array> {
    const { cropSize } = this;
    checkView(crops, cropSize, count);
    const graph = await this.#graphs.graph();
    const tf = this.#graphs.core;
    const { window, step } = layoutPool(cropSize);
    const pooled = tf.tidy(() => {
      const taps = this.#graphs.execute(graph, crops, count, cropSize, cropTaps);
      const [layout, parts, texture] = taps;
      const places = tf.transpose(tf.avgPool(layout, window, step, 'valid'), [0, 3, 1, 2]);
      const maxima = [parts, texture].map((tap) => tf.max(tap, [1, 2]));
      return tf.concat([tf.reshape(places, [count, -1]), ...maxima], 1);
    });
    return takeFloats(pooled);
  }

  /** The graphs are the engine's. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
