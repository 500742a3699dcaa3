import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { freeBuffer } from '../../../foundation/threads/free-buffer.ts';
import { loadBackbone, type Backbone } from '../backbone.ts';
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
import { EngineError } from '../engine-error.ts';
import { boxesFromExtents, checkView } from '../peaks.ts';
import { denseModel, detectModel, cropModel } from './centernet-onnx.ts';
import { forbidTelemetry } from './forbid-telemetry.ts';
import { findOnnxRuntime, loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.ts';

export interface OnnxEngineOptions {
  /** Threads of one run, at least 1. */
  readonly threads: number;
  /** `cpu` skips CUDA. Default: CUDA first, then CPU. */
  readonly provider?: 'cpu';
}

/**
 * Loads the backbone on onnxruntime-node: on CUDA if its provider library is installed, else CPU.
 *
 * The models for `embedCrops` and `dense` are loaded on first use. Rejects with the runtime's own
 * error if it does not load.
 */
export async function loadOnnxEngine(
  options: OnnxEngineOptions,
): Promise<Engine & { readonly version: string }> {
  forbidTelemetry();
  const files = findOnnxRuntime();
  if (files === null) throw new EngineError('unavailable', 'onnxruntime-node is not installed');
  const runtime = loadOnnxRuntime(files);
  const model = await loadBackbone();
  const tryCuda = options.provider !== 'cpu' && files.hasCuda;
  const { session, provider } = await openFirst(
    runtime,
    detectModel(model),
    tryCuda,
    options.threads,
  );
  return new OnnxEngine(runtime, model, session, provider, options.threads);
}

class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly provider: string;
  readonly baseClasses = cocoClasses;
  readonly version: string;
  readonly #runtime: OnnxRuntime;
  readonly #model: Backbone;
  readonly #threads: number;
  readonly #detect: InferenceSession;
  #crops: Promise<InferenceSession> | undefined;
  #dense: Promise<InferenceSession> | undefined;
  #objectness: { readonly weights: Tensor; readonly bias: Tensor };

  constructor(
    runtime: OnnxRuntime,
    model: Backbone,
    detect: InferenceSession,
    provider: string,
    threads: number,
  ) {
    this.#runtime = runtime;
    this.#model = model;
    this.#detect = detect;
    this.#threads = threads;
    this.provider = provider;
    this.version = runtime.env.versions.node ?? runtime.env.versions.common;
    this.#objectness = this.#tensors({ weights: new Float32Array(denseLatentLength), bias: 0 });
  }

  setObjectness(head: ObjectnessHead): void {
    this.#objectness = this.#tensors(head);
  }

  async detect(view: Uint8Array, viewSize: number, maxPeaks: number): Promise<Peaks> {
    checkView(view, viewSize, 1);
    const side = viewSize / stride;
    const k = Math.max(1, Math.min(maxPeaks, side * side));
    const {
      score,
      cell,
      logit,
      class: hottest,
      total,
      extents,
      latents,
    } = await this.#run(this.#detect, view, 1, viewSize, {
      weights: this.#objectness.weights,
      bias: this.#objectness.bias,
      k: new this.#runtime.Tensor('int64', BigInt64Array.of(BigInt(k)), [1]),
    });
    const scores = floats(score);
    // Rows beyond the last peak have a score of 0, which no sigmoid has.
    let count = 0;
    while (count < k && scores[count]! > 0) count++;
    const cells = integers(cell, count);
    const totals = floats(total);
    const baseScore = floats(logit)
      .slice(0, count)
      .map((value) => 1 / (1 + Math.exp(-value)));
    return {
      count,
      boxes: boxesFromExtents(floats(extents), cells, side),
      objectness: scores.slice(0, count),
      baseClass: integers(hottest, count),
      baseScore,
      baseShare: baseScore.map((score, row) => score / totals[row]!),
      latents: floats(latents).slice(0, count * denseLatentLength),
      cells,
    };
  }

  async embedCrops(
    crops: Uint8Array,
    logSizes: Float32Array,
    count: number,
  ): Promise<Float32Array> {
    const out = new Float32Array(count * cropEmbeddingLength);
    if (count === 0) return out;
    checkView(crops, cropSize, count);
    const session = await (this.#crops ??= this.#open(cropModel(this.#model)));
    const pooled = floats((await this.#run(session, crops, count, cropSize))['pooled']);
    const length = cropEmbeddingLength - 2;
    for (let i = 0; i < count; i++) {
      const row = i * cropEmbeddingLength;
      out.set(pooled.subarray(i * length, (i + 1) * length), row);
      out[row + length] = logSizes[2 * i] ?? 0;
      out[row + length + 1] = logSizes[2 * i + 1] ?? 0;
    }
    return out;
  }

  async dense(view: Uint8Array, viewSize: number): Promise<DenseMaps> {
    checkView(view, viewSize, 1);
    const session = await (this.#dense ??= this.#open(denseModel(this.#model)));
    const side = viewSize / stride;
    const {
      latents,
      heat,
      class: hottest,
      total,
      extents,
    } = await this.#run(session, view, 1, viewSize);
    const totals = floats(total);
    const baseHeat = floats(heat);
    return {
      side,
      latents: floats(latents),
      baseHeat,
      baseClass: integers(hottest, side * side),
      baseShare: baseHeat.map((value, cell) => value / totals[cell]!),
      extents: floats(extents),
    };
  }

  async close(): Promise<void> {
    await this.#detect.release();
    for (const opening of [this.#crops, this.#dense]) await (await opening)?.release();
  }

  #open(model: Uint8Array): Promise<InferenceSession> {
    return this.#runtime.InferenceSession.create(
      model,
      sessionOptions(this.provider, this.#threads),
    );
  }

  #tensors(head: ObjectnessHead): { weights: Tensor; bias: Tensor } {
    const { Tensor } = this.#runtime;
    return {
      weights: new Tensor('float32', Float32Array.from(head.weights), [1, denseLatentLength, 1, 1]),
      bias: new Tensor('float32', Float32Array.of(head.bias), [1]),
    };
  }

  async #run(
    session: InferenceSession,
    bytes: Uint8Array,
    count: number,
    side: number,
    feeds: Readonly<Record<string, Tensor>> = {},
  ): Promise<InferenceSession.OnnxValueMapType> {
    // The binding accepts no shared memory, so the picture is copied: 0.3 MB at 320 pixels.
    const pixels = new Uint8Array(bytes);
    const image = new this.#runtime.Tensor('uint8', pixels, [count, side, side, 3]);
    try {
      return await session.run({ image, ...feeds });
    } finally {
      freeBuffer(pixels);
    }
  }
}

/** Opens the model on CUDA if it is to be tried and works, else on the CPU. */
async function openFirst(
  runtime: OnnxRuntime,
  model: Uint8Array,
  tryCuda: boolean,
  threads: number,
) {
  const open = (provider: string): Promise<InferenceSession> =>
    runtime.InferenceSession.create(model, sessionOptions(provider, threads));
  if (tryCuda) {
    try {
      return { session: await open('cuda'), provider: 'cuda' };
    } catch {
      // No driver or no card: fall back to the CPU.
    }
  }
  return { session: await open('cpu'), provider: 'cpu' };
}

function sessionOptions(provider: string, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
  };
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError('the runtime returned no floats');
}

function integers(tensor: Tensor | undefined, count: number): Int32Array {
  if (!(tensor?.data instanceof BigInt64Array))
    throw new TypeError('the runtime returned no integers');
  return Int32Array.from(tensor.data.subarray(0, count), Number);
}
