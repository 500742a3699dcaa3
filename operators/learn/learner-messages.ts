import type { EngineChoice } from '../detect/engines/engine-choice.ts';
import type { EngineModels } from '../detect/engines/engine-models.ts';
import type { CropEncoding, Sight } from '../detect/engines/engine.ts';
import type { GateInput } from '../gate/gate.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { ViewPlan } from '../ingest/frames/view-plan.ts';
import type { Evidence, Scene } from './examples/scene.ts';
import type { StrategyName } from './strategies/strategy-registry.ts';
import type { ClassMove, Example, HeadDraft } from './strategy.ts';

/** Settings that a learn worker starts with. */
export interface LearnerSetup {
  readonly engine: EngineChoice;
  readonly models: EngineModels;
  /** The views of scenes that are wanted; `auto`: the detector's own. */
  readonly viewSize: ViewPlan | 'auto';
  readonly strategy: StrategyName;
  /** URL of a module whose `createStrategy` replaces `strategy`. */
  readonly strategyModule?: string;
  readonly seed: number;
  readonly niceness: number;
  /** URL of the module whose `chooseEngine` loads the engine. */
  readonly engineModule: string;
}

/** A change as posted to the worker, with the replayed examples if the strategy reads them. */
export interface PostedChange {
  readonly added: readonly Example[];
  readonly removed: readonly Example[];
  readonly moved: readonly ClassMove[];
  readonly background: Float32Array;
  readonly backgroundWeight: number;
  readonly replay: readonly Example[];
}

/** A candidate head and the cost of making it. */
export interface Update {
  readonly draft: HeadDraft;
  /** Wall time of the update in ms, including crops and scenes served in between. */
  readonly updateMs: number;
  /** Processor time of the learner's thread meanwhile, in ms; null if unknown. */
  readonly cpuMs: number | null;
  /**
   * SHA-256 in hex of all changes so far, in order. The same content learned by other changes, such
   * as a label and its undo more, has another digest.
   */
  readonly trainedOn: string;
}

/** The calls that a learn worker answers. */
export interface LearnerCalls {
  embedCrops: {
    in: { readonly crops: Uint8Array; readonly logSizes: Float32Array; readonly count: number };
    out: Float32Array;
  };
  examine: { in: { readonly scene: Scene }; out: Evidence };
  update: { in: { readonly change: PostedChange }; out: Update };
  evaluate: { in: { readonly input: GateInput }; out: Verdict };
  save: { in: object; out: Uint8Array };
  restore: { in: { readonly bytes: Uint8Array }; out: undefined };
}

/** Posted by a learn worker that is ready. */
export interface LearnerReady extends CropEncoding {
  /** One line for the log: the engine, and why no faster one is used. */
  readonly reason: string;
  /** Name of the strategy. */
  readonly strategy: string;
  /** How the views of scenes are to be made. */
  readonly viewSize: ViewPlan;
  /** What its engine sees with. */
  readonly sight: Sight;
}
