import type { ViewSize } from '../../ingest/frames/view-size.ts';
import type { DetectorFile } from '../models/detector-file.ts';

/** Which models an engine runs; null for the built-in one. */
export interface EngineModels {
  readonly detector: DetectorFile | null;
}

export const builtInModels: EngineModels = { detector: null };

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
