import type { EncoderFile } from '../encoders/encoder-file.ts';
import { type BuiltInCropSize, cropSize } from './engine.ts';

/** Which models an engine runs; null for the built-in one. */
export interface EngineModels {
  readonly encoder: EncoderFile | null;
  /** Side of the built-in encoder's crops, in pixels. */
  readonly cropSize: BuiltInCropSize;
}

export const builtInModels: EngineModels = { encoder: null, cropSize };

/** What an engine is loaded with. */
export interface EngineOptions {
  /** Threads of one run, at least 1; of the CPU provider of `onnx`. WebAssembly runs on one. */
  readonly threads: number;
  /** Default: the built-in models. */
  readonly models?: EngineModels;
}
