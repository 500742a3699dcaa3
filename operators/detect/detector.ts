import { availableParallelism } from 'node:os';
import { siblingModule, spawnWorker } from '../foundation/threads/spawn-worker.ts';
import type { WatchdogOptions } from '../foundation/threads/watchdog.ts';
import { WorkerClient } from '../foundation/threads/worker-client.ts';
import type { WorkerFailure } from '../foundation/threads/worker-start.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { ViewPlan } from '../ingest/frames/view-plan.ts';
import type { ViewSize } from '../ingest/frames/view-size.ts';
import type { DetectionClaim } from './detection-claim.ts';
import type {
  BenchResult,
  Detection,
  DetectorCalls,
  DetectorSetup,
  EngineDescription,
} from './detector-messages.ts';
import type { CandidateMaps } from './engines/candidate-maps.ts';
import type { EngineChoice } from './engines/engine-choice.ts';
import { EngineError } from './engines/engine-error.ts';
import { builtInModels, type EngineModels } from './engines/engine-models.ts';
import type { DenseMaps, ObjectnessHead } from './engines/engine.ts';
import { forbidTelemetry } from './engines/onnx/forbid-telemetry.ts';

export interface DetectorOptions {
  /** Default: `auto`. */
  readonly engine?: EngineChoice;
  /** Threads of one run, at least 1. Default: one less than the machine has. */
  readonly threads?: number;
  /** Default: the built-in ones. */
  readonly models?: EngineModels;
  /**
   * How views are made: a side, which a detector of the user lays out as its format does, a canvas,
   * or `{ shape: 'own', side }` for nearly the shape of each picture; sides are multiples of 32 for
   * the built-in detector. `auto` is the detector's own. What it comes to is `describe.viewSize`.
   */
  readonly viewSize: ViewPlan | 'auto';
  /** Most peaks per frame, at least 1. Default: 100. */
  readonly maxPeaks?: number;
  /** Module whose `chooseEngine` loads the engine. Default: engines/choose-engine. */
  readonly engineModule?: URL;
  /** When the thread counts as hung. Default: {@link detectorWatchdog}. */
  readonly watchdog?: WatchdogOptions<keyof DetectorCalls>;
}

/** What a detector needs of a frame. */
export type DetectorFrame = Pick<Frame, 'view' | 'viewSize'>;

/** When a detect worker counts as hung: it answers one call after another. */
export const detectorWatchdog = {
  stalls: [{ calls: ['detect', 'detectClaimed', 'embedCrops', 'dense', 'setHead'], maxMs: 20_000 }],
  patientWith: ['bench'],
} as const satisfies WatchdogOptions<keyof DetectorCalls>;

/** Bounds over all cameras. */
export const detectorLimits = {
  /** Calls in the worker at once: one that runs and one that waits, so that it never idles. */
  postedMax: 2,
  /**
   * Unanswered detections with a claim; the next one is refused. They are posted at once, since
   * most of them are withdrawn: `DetectionTurns` bounds the others.
   */
  claimedMax: 128,
  /** Calls that wait on this side; the next one is refused. */
  waitingMax: 256,
} as const;

/**
 * An engine in a worker thread of its own, shared by cameras. Calls are answered in the order in
 * which they are made, except that heads overtake frames that have not reached the worker.
 *
 * A call that fails rejects with an `EngineError` `failed` and leaves the others alone; one for a
 * view that the model does not take, with `bad-model`, as later ones of that size will;
 * after `died` and `closed` no call works any more. A thread that hangs is ended; a
 * `SupervisedDetector` starts it anew.
 */
export class Detector {
  readonly describe: EngineDescription;
  /** Frames that are detected at once. */
  readonly parallel: number = 1;
  readonly #client: WorkerClient<DetectorCalls, EngineDescription>;

  /**
   * Starts the worker and loads the engine, warmed up for its views. Rejects with an
   * `EngineError` if the engine does not load. `spawn` starts the thread.
   */
  static async start(options: DetectorOptions, spawn = spawnWorker): Promise<Detector> {
    const setup: DetectorSetup = {
      engine: options.engine ?? 'auto',
      threads: options.threads ?? Math.max(1, availableParallelism() - 1),
      models: options.models ?? builtInModels,
      viewSize: options.viewSize,
      maxPeaks: options.maxPeaks ?? 100,
      engineModule: (
        options.engineModule ?? siblingModule('./engines/choose-engine', import.meta.url)
      ).href,
    };
    // Only the main thread can change the environment that a worker's native libraries read.
    forbidTelemetry();
    const client = await WorkerClient.start<DetectorCalls, EngineDescription>(
      siblingModule('./detect-worker', import.meta.url),
      setup,
      {
        limits: [
          { calls: ['setHead'], urgent: true },
          { calls: ['detectClaimed'], urgent: true, unansweredMax: detectorLimits.claimedMax },
        ],
        postedMax: detectorLimits.postedMax,
        waitingMax: detectorLimits.waitingMax,
        watchdog: options.watchdog ?? detectorWatchdog,
        errorOf: (failure) => engineErrorOf(failure, setup.engine),
        spawn,
      },
    );
    return new Detector(client);
  }

  private constructor(client: WorkerClient<DetectorCalls, EngineDescription>) {
    this.#client = client;
    this.describe = client.ready;
  }

  /**
   * Finds the peaks in a frame's view. The worker reads the view in place, in shared memory: the
   * caller retains the frame until the promise settles.
   *
   * With a `claim`, the frame can be withdrawn as long as its turn has not come: the promise then
   * resolves to null, and the caller may release the frame at once. Such a call goes ahead of those
   * that wait on this side.
   */
  detect(frame: DetectorFrame): Promise<Detection>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(
    { view, viewSize }: DetectorFrame,
    claim: DetectionClaim | null = null,
  ): Promise<Detection | null> {
    if (claim === null) return this.#client.call('detect', { view, viewSize });
    return this.#client.call('detectClaimed', { view, viewSize, claim: claim.cell });
  }

  /** Embeds crops; see `Engine.embedCrops` for the shapes. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#client.call('embedCrops', { crops, logSizes, count });
  }

  /** The whole maps of a view, for learning: `Engine.dense`. */
  dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps | CandidateMaps> {
    return this.#client.call('dense', { view, viewSize });
  }

  /**
   * Installs a head's objectness between two frames and resolves once it is in effect.
   * Every `Detection` carries the version under which it was made.
   */
  setHead(version: number, objectness: ObjectnessHead): Promise<void> {
    return this.#client.call('setHead', { version, objectness });
  }

  /**
   * Runs the engine alone over `views` for some seconds; other calls wait.
   */
  bench(views: readonly DetectorFrame[], seconds: number): Promise<BenchResult> {
    return this.#client.call('bench', { views, seconds });
  }

  /** Resolves with an `EngineError` `died` when the thread dies or hangs. */
  get lost(): Promise<Error> {
    return this.#client.lost;
  }

  /**
   * Lets the calls in the worker finish, rejects those that wait, and ends the worker, after
   * `withinMs` in any case. Default: no limit.
   */
  close(withinMs?: number): Promise<void> {
    return this.#client.close(withinMs);
  }
}

function engineErrorOf(failure: WorkerFailure, engine: EngineChoice): EngineError {
  switch (failure.code) {
    case 'unavailable': {
      if ('exitCode' in failure) {
        const message = `engine ${engine} ended with code ${failure.exitCode} on loading`;
        return new EngineError('unavailable', message);
      }
      const { cause } = failure;
      // Between threads an EngineError loses its class, but keeps its message and code.
      const code = 'code' in cause && cause.code === 'bad-model' ? 'bad-model' : 'unavailable';
      return new EngineError(code, cause.message, { cause });
    }
    case 'died': {
      if ('exitCode' in failure) {
        return new EngineError('died', `the detect worker ended with code ${failure.exitCode}`);
      }
      const { cause } = failure;
      return new EngineError('died', `the detect worker died: ${cause.message}`, { cause });
    }
    case 'refused':
      return new EngineError('overloaded', `${failure.limit} calls are waiting for the detector`);
    case 'failed':
      return new EngineError(
        failure.errorCode === 'bad-model' ? 'bad-model' : 'failed',
        failure.message,
      );
    case 'closed':
      return new EngineError('closed', 'the detector is closed');
  }
}
