import type { EngineChoice } from '../detect/engines/choose-engine.ts';
import type { Evidence, Scene } from './examples/scene.ts';
import type { StrategyName } from './strategies/strategy-registry.ts';
import type { Example, HeadDraft } from './strategy.ts';

/** What a learn worker is started with. */
export interface LearnerSetup {
  readonly engine: EngineChoice;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly niceness: number;
  /** Address of the module whose `chooseEngine` loads the engine. */
  readonly engineModule: string;
}

/** A change on its way to the worker: what `replay` gave is part of it, where the strategy reads it. */
export interface PostedChange {
  readonly added: readonly Example[];
  readonly removed: readonly Example[];
  readonly background: Float32Array;
  readonly backgroundWeight: number;
  readonly replay: readonly Example[];
}

/** A candidate head and what it took to make it. */
export interface Update {
  readonly draft: HeadDraft;
  /** From the update's start to its end, looks and scenes served meanwhile included, in ms. */
  readonly updateMs: number;
  /** Time that the learner's thread had a processor in between, in ms; null where the system does not tell. */
  readonly cpuMs: number | null;
  /** SHA-256 in hex of all that was ever taken in, in its order. */
  readonly trainedOn: string;
}

/** What the worker does on request, by message type: what goes in, what comes back. */
export interface LearnerCalls {
  look: {
    in: { readonly crops: Uint8Array; readonly logSizes: Float32Array; readonly count: number };
    out: Float32Array;
  };
  examine: { in: { readonly scene: Scene }; out: Evidence };
  update: { in: { readonly change: PostedChange }; out: Update };
  save: { in: object; out: Uint8Array };
  restore: { in: { readonly bytes: Uint8Array }; out: undefined };
  close: { in: object; out: undefined };
}

/** One request to the worker; `id` comes back with its reply. `abort` gives up the update `id` and has no reply of its own. */
export type LearnerRequest =
  | {
      [Type in keyof LearnerCalls]: {
        readonly type: Type;
        readonly id: number;
      } & LearnerCalls[Type]['in'];
    }[keyof LearnerCalls]
  | { readonly type: 'abort'; readonly id: number };

/** One message from the worker. */
export type LearnerReply =
  | { readonly type: 'ready'; readonly reason: string }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
