import type { ViewPlan } from '../../ingest/frames/view-plan.ts';
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
   * does, a canvas, or the picture's own shape, of which a detector of the user takes the square.
   * Default `auto`: the detector's own, a square of {@link defaultViewSize} of the built-in one.
   */
  readonly viewSize?: ViewPlan | 'auto';
}

/** Side of the built-in detector's views, in pixels, unless another is asked for. */
export const defaultViewSize = 320;
