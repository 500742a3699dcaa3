import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { ViewPlan } from '../../../ingest/frames/view-plan.ts';
import { canvasOf, type ViewSize } from '../../../ingest/frames/view-size.ts';
import type { Backbone } from '../backbone.ts';
import { cocoClasses } from '../coco-classes.ts';
import {
  builtInSight,
  denseLatentLength,
  type DenseMaps,
  type DetectorModel,
  type ObjectnessHead,
  type Peaks,
} from '../engine.ts';
import { boxesFromExtents, cellsOf, checkView } from '../peaks.ts';
import { denseModel } from './centernet-onnx.ts';
import { floatsOf, integersOf, type OnnxSessions } from './onnx-sessions.ts';

/** The built-in detector on ONNX Runtime. The model for `dense` is loaded on first use. */
export class OnnxCenternet implements DetectorModel {
  readonly id = builtInSight.detector;
  readonly baseClasses = cocoClasses;
  readonly viewSize: ViewPlan;
  readonly #sessions: OnnxSessions;
  readonly #backbone: Backbone;
  readonly #detect: InferenceSession;
  #dense: Promise<InferenceSession> | undefined;
  #objectness: { readonly weights: Tensor; readonly bias: Tensor };

  /** @param detect An open `detectModel`, which it owns. */
  constructor(
    sessions: OnnxSessions,
    backbone: Backbone,
    detect: InferenceSession,
    viewSize: ViewPlan,
  ) {
    this.viewSize = viewSize;
    this.#sessions = sessions;
    this.#backbone = backbone;
    this.#detect = detect;
    this.#objectness = this.#tensors({ weights: new Float32Array(denseLatentLength), bias: 0 });
  }

  setObjectness(head: ObjectnessHead): void {
    this.#objectness = this.#tensors(head);
  }

  async detect(view: Uint8Array, viewSize: ViewSize, maxPeaks: number): Promise<Peaks> {
    checkView(view, viewSize, 1);
    const grid = cellsOf(viewSize);
    const k = Math.max(1, Math.min(maxPeaks, grid.columns * grid.rows));
    const {
      score,
      cell,
      logit,
      class: hottest,
      total,
      extents,
      latents,
    } = await this.#sessions.run(this.#detect, view, shapeOf(viewSize), {
      weights: this.#objectness.weights,
      bias: this.#objectness.bias,
      k: new this.#sessions.runtime.Tensor('int64', BigInt64Array.of(BigInt(k)), [1]),
    });
    const scores = floatsOf(score);
    // Rows beyond the last peak have a score of 0, which no sigmoid has.
    let count = 0;
    while (count < k && scores[count]! > 0) count++;
    const cells = integersOf(cell, count);
    const totals = floatsOf(total);
    const baseScore = floatsOf(logit)
      .slice(0, count)
      .map((value) => 1 / (1 + Math.exp(-value)));
    return {
      count,
      boxes: boxesFromExtents(floatsOf(extents), cells, grid),
      objectness: scores.slice(0, count),
      baseClass: integersOf(hottest, count),
      baseScore,
      baseShare: baseScore.map((score, row) => score / totals[row]!),
      latents: floatsOf(latents).slice(0, count * denseLatentLength),
      cells,
    };
  }

  async dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps> {
    checkView(view, viewSize, 1);
    const session = await (this.#dense ??= this.#sessions.open(denseModel(this.#backbone)));
    const grid = cellsOf(viewSize);
    const {
      latents,
      heat,
      class: hottest,
      total,
      extents,
    } = await this.#sessions.run(session, view, shapeOf(viewSize));
    const totals = floatsOf(total);
    const baseHeat = floatsOf(heat);
    return {
      kind: 'grid',
      ...grid,
      latents: floatsOf(latents),
      baseHeat,
      baseClass: integersOf(hottest, grid.columns * grid.rows),
      baseShare: baseHeat.map((value, cell) => value / totals[cell]!),
      extents: floatsOf(extents),
    };
  }

  async close(): Promise<void> {
    await this.#detect.release();
    await (await this.#dense)?.release();
  }

  #tensors(head: ObjectnessHead): { weights: Tensor; bias: Tensor } {
    const { Tensor } = this.#sessions.runtime;
    return {
      weights: new Tensor('float32', Float32Array.from(head.weights), [1, denseLatentLength, 1, 1]),
      bias: new Tensor('float32', Float32Array.of(head.bias), [1]),
    };
  }
}

function shapeOf(viewSize: ViewSize): readonly number[] {
  const { width, height } = canvasOf(viewSize);
  return [1, height, width, 3];
}
