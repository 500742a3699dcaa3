import type { Tensor } from '@tensorflow/tfjs-core';
import type { ViewPlan } from '../../../ingest/frames/view-plan.ts';
import type { ViewSize } from '../../../ingest/frames/view-size.ts';
import { backboneTaps } from '../backbone.ts';
import { cocoClasses } from '../coco-classes.ts';
import {
  builtInSight,
  denseLatentLength,
  type CellGrid,
  type DenseMaps,
  type DetectorModel,
  type ObjectnessHead,
  type Peaks,
} from '../engine.ts';
import { boxesFromExtents, cellsOf, checkView, pickPeaks } from '../peaks.ts';
import { readFloats, takeData, takeFloats, type TfjsGraphs } from './tfjs-graphs.ts';

const mapTaps = [backboneTaps.latent, backboneTaps.heatLogits, backboneTaps.extents] as const;

/** The built-in detector on TensorFlow.js. Each call disposes of its tensors before it resolves. */
export class TfjsCenternet implements DetectorModel {
  readonly id = builtInSight.detector;
  readonly baseClasses = cocoClasses;
  readonly viewSize: ViewPlan;
  readonly #graphs: TfjsGraphs;
  #objectness: { readonly weights: Tensor; readonly bias: Tensor };

  constructor(graphs: TfjsGraphs, viewSize: ViewPlan) {
    this.viewSize = viewSize;
    this.#graphs = graphs;
    this.#objectness = this.#tensors({ weights: new Float32Array(denseLatentLength), bias: 0 });
  }

  setObjectness(head: ObjectnessHead): void {
    const next = this.#tensors(head);
    this.#graphs.core.dispose(Object.values(this.#objectness));
    this.#objectness = next;
  }

  async detect(view: Uint8Array, viewSize: ViewSize, maxPeaks: number): Promise<Peaks> {
    checkView(view, viewSize, 1);
    const graph = await this.#graphs.graph();
    const grid = cellsOf(viewSize);
    const cells = grid.columns * grid.rows;
    const tf = this.#graphs.core;
    const maps = tf.tidy(() => {
      const [latent, logits, extents] = this.#graphs.execute(graph, view, 1, viewSize, mapTaps);
      const latents = tf.reshape(latent, [cells, denseLatentLength]);
      const { weights, bias } = this.#objectness;
      const learned = tf.clipByValue(tf.add(tf.matMul(latents, weights), bias), 0, 1);
      const heat = tf.sigmoid(tf.reshape(tf.max(logits, 3), [cells, 1]));
      return {
        latents,
        logits: tf.reshape(logits, [cells, cocoClasses.length]),
        extents: tf.reshape(extents, [cells, 4]),
        heat,
        combined: tf.maximum(heat, learned),
      };
    });
    try {
      const combined = await readFloats(maps.combined);
      const peaks = pickPeaks(combined, grid, maxPeaks, await readFloats(maps.heat));
      return await this.#gather(maps, combined, peaks, grid);
    } finally {
      tf.dispose(Object.values(maps));
    }
  }

  async dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps> {
    checkView(view, viewSize, 1);
    const graph = await this.#graphs.graph();
    const tf = this.#graphs.core;
    const maps = tf.tidy(() => {
      const [latent, logits, distances] = this.#graphs.execute(graph, view, 1, viewSize, mapTaps);
      const heat: Tensor = tf.sigmoid(tf.max(logits, 3));
      const shares: Tensor = tf.div(heat, tf.sum(tf.sigmoid(logits), 3));
      const hottest = tf.argMax(logits, 3);
      return { latents: latent, heat, shares, hottest, extents: distances };
    });
    return {
      kind: 'grid',
      ...cellsOf(viewSize),
      latents: await takeFloats(maps.latents),
      baseHeat: await takeFloats(maps.heat),
      baseShare: await takeFloats(maps.shares),
      baseClass: (await takeData(maps.hottest)) as Int32Array,
      extents: await takeFloats(maps.extents),
    };
  }

  close(): Promise<void> {
    this.#graphs.core.dispose(Object.values(this.#objectness));
    return Promise.resolve();
  }

  async #gather(
    maps: { latents: Tensor; logits: Tensor; extents: Tensor },
    combined: Float32Array,
    cells: Int32Array,
    grid: CellGrid,
  ): Promise<Peaks> {
    const tf = this.#graphs.core;
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
      boxes: boxesFromExtents(await takeFloats(rows.extents), cells, grid),
      objectness: Float32Array.from(cells, (cell) => combined[cell]!),
      baseClass,
      baseScore,
      baseShare,
      latents: await takeFloats(rows.latents),
      cells,
    };
  }

  #tensors(head: ObjectnessHead): { weights: Tensor; bias: Tensor } {
    const weights = this.#graphs.core.tensor2d(Float32Array.from(head.weights), [
      denseLatentLength,
      1,
    ]);
    return { weights, bias: this.#graphs.core.scalar(head.bias) };
  }
}

function indexOfMax(values: Float32Array, from: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}
