import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { freeBuffer } from '../../../foundation/threads/free-buffer.ts';
import type { OnnxRuntime } from './onnx-runtime.ts';

/** Opens models on one provider of ONNX Runtime, and runs them. */
export class OnnxSessions {
  readonly runtime: OnnxRuntime;
  /** `cpu` or `cuda`. */
  readonly provider: string;
  readonly #threads: number;

  /** @param threads Threads of one run, at least 1. */
  constructor(runtime: OnnxRuntime, provider: string, threads: number) {
    this.runtime = runtime;
    this.provider = provider;
    this.#threads = threads;
  }

  /** Opens a model, or a file by its path. Rejects with the runtime's own error. */
  open(model: Uint8Array | string): Promise<InferenceSession> {
    const options = {
      executionProviders: [this.provider],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
    } as const;
    // The runtime tells the two apart by type.
    return typeof model === 'string'
      ? this.runtime.InferenceSession.create(model, options)
      : this.runtime.InferenceSession.create(model, options);
  }

  /**
   * Runs a model whose input `image`, or another name, is uint8 of this shape, from memory that may
   * be shared. `feeds` are its other inputs.
   */
  async run(
    session: InferenceSession,
    bytes: Uint8Array,
    shape: readonly number[],
    feeds: Readonly<Record<string, Tensor>> = {},
    input = 'image',
  ): Promise<InferenceSession.OnnxValueMapType> {
    // The binding accepts no shared memory, so the picture is copied: 0.3 MB at 320 pixels.
    const pixels = new Uint8Array(bytes);
    const image = new this.runtime.Tensor('uint8', pixels, shape);
    try {
      return await session.run({ [input]: image, ...feeds });
    } finally {
      freeBuffer(pixels);
    }
  }
}

/** The values of a float32 tensor. */
export function floatsOf(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError('the runtime returned no floats');
}

/** The first `count` values of an int64 tensor. */
export function integersOf(tensor: Tensor | undefined, count: number): Int32Array {
  if (!(tensor?.data instanceof BigInt64Array))
    throw new TypeError('the runtime returned no integers');
  return Int32Array.from(tensor.data.subarray(0, count), Number);
}
