import type { ViewPlan } from '../ingest/frames/view-plan.ts';
import type { ViewSize } from '../ingest/frames/view-size.ts';
import type { EngineChoice, EngineName } from './engines/engine-choice.ts';
import type { CandidateMaps } from './engines/candidate-maps.ts';
import type { EngineModels } from './engines/engine-models.ts';
import type { CropEncoding, DenseMaps, ObjectnessHead, Peaks, Sight } from './engines/engine.ts';

/** Settings that a detect worker starts with. */
export interface DetectorSetup {
  readonly engine: EngineChoice;
  readonly threads: number;
  readonly models: EngineModels;
  /** The wanted views; `auto`: the detector's own. */
  readonly viewSize: ViewPlan | 'auto';
  readonly maxPeaks: number;
  /** URL of the module whose `chooseEngine` loads the engine. */
  readonly engineModule: string;
}

/** The peaks of one frame and the head version that produced them. */
export interface Detection {
  readonly peaks: Peaks;
  /** Version passed to `setHead`, 0 before the first. */
  readonly headVersion: number;
  /** Engine time in ms, without waiting. */
  readonly detectMs: number;
}

/** Speed of the engine alone. */
export interface BenchResult {
  readonly frames: number;
  readonly fps: number;
}

/** The calls that a detect worker answers. */
export interface DetectorCalls {
  detect: { in: { readonly view: Uint8Array; readonly viewSize: ViewSize }; out: Detection };
  /** The same; null for a frame that was withdrawn before its turn. `claim`: `DetectionClaim`. */
  detectClaimed: {
    in: { readonly view: Uint8Array; readonly viewSize: ViewSize; readonly claim: Int32Array };
    out: Detection | null;
  };
  embedCrops: {
    in: { readonly crops: Uint8Array; readonly logSizes: Float32Array; readonly count: number };
    out: Float32Array;
  };
  dense: {
    in: { readonly view: Uint8Array; readonly viewSize: ViewSize };
    out: DenseMaps | CandidateMaps;
  };
  setHead: {
    in: { readonly version: number; readonly objectness: ObjectnessHead };
    out: undefined;
  };
  bench: {
    in: {
      readonly views: readonly { readonly view: Uint8Array; readonly viewSize: ViewSize }[];
      readonly seconds: number;
    };
    out: BenchResult;
  };
}

/** The loaded engine, as posted by a detect worker that is ready. */
export interface EngineDescription extends CropEncoding {
  readonly name: EngineName;
  /** The device or backend: `cpu`, `cuda`, `wasm`, `tensorflow`, `tensorflow-gpu`. */
  readonly provider: string;
  /** One line for the log: engine, device, and why no faster one is used. */
  readonly reason: string;
  readonly baseClasses: readonly string[];
  /** How its views are to be made. */
  readonly viewSize: ViewPlan;
  readonly sight: Sight;
}
