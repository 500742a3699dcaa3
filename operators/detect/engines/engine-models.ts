import type { ViewSize } from '../../ingest/frames/view-size.ts';
import type { EncoderFile } from '../encoders/encoder-file.ts';
import type { DetectorFile } from '../models/detector-file.ts';
import { type BuiltInCropSize, cropSize } from './engine.ts';

/** Which models an engine runs; null for the built-in one. */
export interface EngineModels {
  readonly detector: DetectorFile | null;
  readonly encoder: EncoderFile | null;
  /** Side of the built-in encoder's crops, in pixels. */
  readonly cropSize: BuiltInCropSize;
}

export const builtInModels: EngineModels = { detector: null, encoder: null, cropSize };

/** What an engine is loaded with. */
export interface EngineOptions {
  /** Threads of one run, at least 1; of the CPU provider of `onnx`. WebAssembly runs on one. */
  readonly threads: number;
  /** Default: the built-in models. */
  readonly models?: EngineModels;
  /**
   * How views are made: a side for square ones, which a detector of the user lays out as its format
   * does, or a canvas. Default `auto`: the detector's own, {@link defaultViewSize} of the built-in
   * one.
   */
  readonly viewSize?: ViewSize | 'auto';
}

/** Side of the built-in detector's views, in pixels, unless another is asked for. */
export const defaultViewSize = 320;
