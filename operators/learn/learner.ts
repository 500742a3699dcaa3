import type { EngineChoice } from '../detect/engines/engine-choice.ts';
import type { EmbeddingLayout } from '../detect/engines/embedding-layout.ts';
import { builtInModels, type EngineModels } from '../detect/engines/engine-models.ts';
import type { Sight } from '../detect/engines/engine.ts';
import { forbidTelemetry } from '../detect/engines/onnx/forbid-telemetry.ts';
import type { GateInput } from '../gate/gate.ts';
import { shareInput } from '../gate/share-input.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { ViewPlan } from '../ingest/frames/view-plan.ts';
import { siblingModule } from '../foundation/threads/spawn-worker.ts';
import type { WatchdogOptions } from '../foundation/threads/watchdog.ts';
import { WorkerClient } from '../foundation/threads/worker-client.ts';
import type { WorkerFailure } from '../foundation/threads/worker-start.ts';
import { LearnerError } from './learner-error.ts';
import type { Evidence, Scene } from './examples/scene.ts';
import type {
  LearnerCalls,
  LearnerReady,
  LearnerSetup,
  PostedChange,
  Update,
} from './learner-messages.ts';
import { defaultStrategy, readsReplay, type StrategyName } from './strategies/strategy-registry.ts';
import type { Change } from './strategy.ts';

/** Settings of {@link Learner.start}. */
export interface LearnerOptions {
  /** The learner's own engine, on one thread. Default `auto`. */
  readonly engine?: EngineChoice;
  /** The same as the detector's, or its latents would mean something else. Default: built in. */
  readonly models?: EngineModels;
  /** How the views of scenes are made, as for the detector. Default: `auto`, its own. */
  readonly viewSize?: ViewPlan | 'auto';
  /** Default `tally`. */
  readonly strategy?: StrategyName;
  /**
   * ES module that exports a strategy of one's own, which replaces `strategy`:
   * `createStrategy({ seed, pause, embedding }): Strategy`. It is loaded in the learner's thread.
   * Compiled lifelens loads JavaScript only. Default: none.
   */
  readonly strategyModule?: URL;
  /** Default 1. */
  readonly seed?: number;
  /**
   * Niceness of the thread, 0 to 19, on Linux. Default 0: beside busy programs a thread of low
   * priority gets hardly any processor; it gives way by itself instead.
   */
  readonly niceness?: number;
  /** Unanswered crop calls at once. At least 1, default 64. */
  readonly cropsMax?: number;
  /** The same for scenes. Default 16. */
  readonly scenesMax?: number;
  /** The same for updates, evaluations, saves and restores together. Default 4. */
  readonly updatesMax?: number;
  /** Module whose `chooseEngine` loads the engine. Default: detect/engines/choose-engine. */
  readonly engineModule?: URL;
  /** When the thread counts as hung. Default: {@link learnerWatchdog}. */
  readonly watchdog?: WatchdogOptions<keyof LearnerCalls>;
}

export const learnerDefaults = { cropsMax: 64, scenesMax: 16, updatesMax: 4 } as const;

/**
 * When a learn worker counts as hung. An update comes back to the event loop between its steps, so
 * a silent thread hangs; one that goes on for longer than any update takes does as well.
 */
export const learnerWatchdog = {
  silentMaxMs: 20_000,
  stalls: [
    { calls: ['embedCrops', 'examine'], maxMs: 60_000 },
    { calls: ['update', 'evaluate', 'save', 'restore'], maxMs: 900_000 },
  ],
} as const satisfies WatchdogOptions<keyof LearnerCalls>;

/**
 * The learner, which runs in a worker thread.
 *
 * Beyond its limits a call rejects at once with a `LearnerError` `busy` and is counted.
 * A thread that hangs is ended. After `died` and `closed` no call works any more; a
 * `SupervisedLearner` starts the thread anew.
 */
export class Learner {
  /** One line for the log: the engine, and why no faster one is used. */
  readonly reason: string;
  /** Name of the strategy. */
  readonly strategy: string;
  /** How the views of scenes are to be made. */
  readonly viewSize: ViewPlan;
  /** What its engine sees with. */
  readonly sight: Sight;
  /** Side of the square crops that it embeds, in pixels. */
  readonly cropSize: number;
  /** How its embeddings are laid out. */
  readonly embedding: EmbeddingLayout;
  readonly #readsReplay: boolean;
  readonly #client: WorkerClient<LearnerCalls, LearnerReady>;

  /**
   * Starts the thread and loads its engine. Rejects with a `LearnerError` `unavailable` if
   * that fails.
   */
  static async start(options: LearnerOptions = {}): Promise<Learner> {
    const { engineModule, strategyModule, strategy = defaultStrategy } = options;
    const { cropsMax, scenesMax, updatesMax } = { ...learnerDefaults, ...options };
    const setup: LearnerSetup = {
      engine: options.engine ?? 'auto',
      models: options.models ?? builtInModels,
      viewSize: options.viewSize ?? 'auto',
      strategy,
      ...(strategyModule === undefined ? {} : { strategyModule: strategyModule.href }),
      seed: options.seed ?? 1,
      niceness: options.niceness ?? 0,
      engineModule: (engineModule ?? beside('../detect/engines/choose-engine')).href,
    };
    // Only the main thread can change the environment that a worker's native libraries read.
    forbidTelemetry();
    const client = await WorkerClient.start<LearnerCalls, LearnerReady>(
      beside('./learn-worker'),
      setup,
      {
        limits: [
          { calls: ['embedCrops'], unansweredMax: cropsMax },
          { calls: ['examine'], unansweredMax: scenesMax },
          { calls: ['update', 'evaluate', 'save', 'restore'], unansweredMax: updatesMax },
        ],
        watchdog: options.watchdog ?? learnerWatchdog,
        errorOf: learnerErrorOf,
      },
    );
    // A strategy from outside may read what it likes.
    return new Learner(client, strategyModule !== undefined || readsReplay(strategy));
  }

  private constructor(client: WorkerClient<LearnerCalls, LearnerReady>, readsReplay: boolean) {
    this.#client = client;
    this.reason = client.ready.reason;
    this.strategy = client.ready.strategy;
    this.viewSize = client.ready.viewSize;
    this.sight = client.ready.sight;
    this.cropSize = client.ready.cropSize;
    this.embedding = client.ready.embedding;
    this.#readsReplay = readsReplay;
  }

  /** Calls refused since the start because a limit was reached. */
  get rejected(): number {
    return this.#client.refused;
  }

  /** Resolves when the thread has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#client.exited;
  }

  /** Resolves with a `LearnerError` `died` when the thread dies or hangs. */
  get lost(): Promise<Error> {
    return this.#client.lost;
  }

  /** Embeds crops, which are copied before it returns; see `Engine.embedCrops` for shapes. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#client.call('embedCrops', { crops, logSizes, count });
  }

  /**
   * Computes training evidence from a scene. Pixels in shared memory are read in place: retain
   * the frame until the promise settles.
   */
  examine(scene: Scene): Promise<Evidence> {
    return this.#client.call('examine', { scene });
  }

  /**
   * Applies a change and drafts a head. Rejects with the signal's reason when aborted, which
   * leaves the learner unchanged. `change.replay` is called before it returns, and only if the
   * strategy reads it.
   */
  async update(change: Change, signal?: AbortSignal): Promise<Update> {
    signal?.throwIfAborted();
    const replay = this.#readsReplay ? change.replay() : [];
    const { added, removed, moved = [], background, backgroundWeight } = change;
    const posted: PostedChange = { added, removed, moved, background, backgroundWeight, replay };
    return this.#client.call('update', { change: posted }, signal);
  }

  /**
   * Compares a candidate with the active head in the learner's thread; see `evaluateCandidate`.
   * Rejects with the signal's reason when aborted.
   */
  evaluate(input: GateInput, signal?: AbortSignal): Promise<Verdict> {
    return this.#client.call('evaluate', { input: shareInput(input) }, signal);
  }

  /** The learner's state as bytes, for {@link restore}. */
  save(): Promise<Uint8Array> {
    return this.#client.call('save', {});
  }

  /** Restores a saved state. Rejects, and changes nothing, if the bytes are unusable. */
  restore(bytes: Uint8Array): Promise<void> {
    return this.#client.call('restore', { bytes });
  }

  /**
   * Lets unanswered calls finish and ends the thread, after `withinMs` in any case. Default: no
   * limit.
   */
  close(withinMs?: number): Promise<void> {
    return this.#client.close(withinMs);
  }
}

function beside(path: string): URL {
  return siblingModule(path, import.meta.url);
}

function learnerErrorOf(failure: WorkerFailure): LearnerError {
  switch (failure.code) {
    case 'unavailable': {
      if ('exitCode' in failure) {
        const message = `the learn worker ended with code ${failure.exitCode} on loading`;
        return new LearnerError('unavailable', message);
      }
      const { cause } = failure;
      return new LearnerError('unavailable', cause.message, { cause });
    }
    case 'died': {
      if ('exitCode' in failure) {
        return new LearnerError('died', `the learn worker ended with code ${failure.exitCode}`);
      }
      const { cause } = failure;
      return new LearnerError('died', `the learn worker died: ${cause.message}`, { cause });
    }
    case 'refused': {
      const waiting = `${failure.limit} calls wait for the learner`;
      return new LearnerError('busy', `${failure.call} refused: ${waiting}`);
    }
    case 'failed':
      return new LearnerError('failed', failure.message);
    case 'closed':
      return new LearnerError('closed', 'the learner is closed');
  }
}
