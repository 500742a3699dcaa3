import type { EngineChoice } from './engines/choose-engine.ts';
import type { DenseMaps, ObjectnessHead, Peaks } from './engines/engine.ts';

/** What a detect worker is started with. */
export interface DetectorSetup {
  readonly engine: EngineChoice;
  readonly threads: number;
  readonly viewSize: number;
  readonly maxPeaks: number;
}

/** Peaks of one frame, and under which head they were found. */
export interface Detection {
  readonly peaks: Peaks;
  /** Version given to `setHead`, 0 before the first. */
  readonly headVersion: number;
  /** Engine time in ms, waiting not counted. */
  readonly detectMs: number;
}

/** Speed of the bare engine. */
export interface BenchResult {
  readonly frames: number;
  readonly fps: number;
}

/** What the worker does on request, by message type: what goes in, what comes back. */
export interface DetectorCalls {
  detect: { in: { readonly view: Uint8Array; readonly viewSize: number }; out: Detection };
  look: {
    in: { readonly crops: Uint8Array; readonly logSizes: Float32Array; readonly count: number };
    out: Float32Array;
  };
  dense: { in: { readonly view: Uint8Array; readonly viewSize: number }; out: DenseMaps };
  head: { in: { readonly version: number; readonly objectness: ObjectnessHead }; out: undefined };
  bench: {
    in: { readonly views: readonly Uint8Array[]; readonly seconds: number };
    out: BenchResult;
  };
  close: { in: object; out: undefined };
}

/** One request to the worker; `id` comes back with its reply. */
export type DetectorRequest = {
  [Type in keyof DetectorCalls]: {
    readonly type: Type;
    readonly id: number;
  } & DetectorCalls[Type]['in'];
}[keyof DetectorCalls];

/** What an engine says of itself. */
export interface EngineDescription {
  readonly name: 'onnx' | 'tfjs';
  /** What it runs on: `cpu`, `cuda`, `wasm`, `tensorflow`, `tensorflow-gpu`. */
  readonly provider: string;
  /** One line for a person: what runs, on what, and why nothing better does. */
  readonly reason: string;
  readonly baseClasses: readonly string[];
}

/** One message from the worker. */
export type DetectorReply =
  | ({ readonly type: 'ready' } & EngineDescription)
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
