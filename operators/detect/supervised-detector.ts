import type { Observable } from 'rxjs';
import { messageOf } from '../foundation/errors/message-of.ts';
import {
  type Restarted,
  type SupervisedState,
  Supervisor,
  type SupervisorOptions,
} from '../foundation/threads/supervisor.ts';
import type { ViewSize } from '../ingest/frames/view-size.ts';
import type { DetectionClaim } from './detection-claim.ts';
import type { BenchResult, Detection, EngineDescription } from './detector-messages.ts';
import { Detector, type DetectorFrame, type DetectorOptions } from './detector.ts';
import type { CandidateMaps } from './engines/candidate-maps.ts';
import { EngineError } from './engines/engine-error.ts';
import type { DenseMaps, ObjectnessHead } from './engines/engine.ts';

/** Settings of {@link SupervisedDetector.start} besides those of its detector. */
export type SupervisedDetectorOptions = Pick<SupervisorOptions<Detector>, 'onNotice' | 'limits'>;

/** The head that the detector is to have; null before the first. */
interface HeldHead {
  newest: { readonly version: number; readonly objectness: ObjectnessHead } | null;
}

/**
 * A detector whose worker is started anew, with its head, when it dies or hangs.
 *
 * Calls that the worker has not answered by then reject with an `EngineError` `failed`, so that
 * their frames are dropped; later ones wait for the restart, bounded in time. Only where the worker
 * is given up do calls reject with `died`.
 */
export class SupervisedDetector implements Pick<Detector, keyof Detector> {
  readonly #supervisor: Supervisor<Detector>;
  readonly #head: HeldHead;

  /** Starts the worker. Rejects with an `EngineError` if the engine does not load. */
  static async start(
    options: DetectorOptions,
    { onNotice, limits = {} }: SupervisedDetectorOptions,
    start = (): Promise<Detector> => Detector.start(options),
  ): Promise<SupervisedDetector> {
    const head: HeldHead = { newest: null };
    const supervisor = await Supervisor.start<Detector>({
      name: 'the detect worker',
      start,
      restore: async (detector) => {
        // One that is set meanwhile is set after this one.
        let restored = null;
        while (head.newest !== restored) {
          restored = head.newest!;
          await detector.setHead(restored.version, restored.objectness);
        }
        return true;
      },
      onNotice,
      limits,
    });
    return new SupervisedDetector(supervisor, head);
  }

  private constructor(supervisor: Supervisor<Detector>, head: HeldHead) {
    this.#supervisor = supervisor;
    this.#head = head;
  }

  /** Frames that are detected at once. */
  get parallel(): number {
    return this.#supervisor.newest.parallel;
  }

  get describe(): EngineDescription {
    return this.#supervisor.newest.describe;
  }

  /** Resolves with an `EngineError` `died` when the worker is given up. */
  get lost(): Promise<Error> {
    return this.#supervisor.failed.then((cause) => {
      return new EngineError('died', cause.message, { cause });
    });
  }

  get state(): SupervisedState {
    return this.#supervisor.state;
  }

  /** One line about the worker, for a health check. */
  get detail(): string {
    return this.#supervisor.detail;
  }

  /** Emits after each restart. */
  get restarted$(): Observable<Restarted> {
    return this.#supervisor.restarted$;
  }

  /** See {@link Detector.detect}. */
  detect(frame: DetectorFrame): Promise<Detection>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null = null): Promise<Detection | null> {
    return this.#call((detector) => detector.detect(frame, claim));
  }

  /** See {@link Detector.embedCrops}. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#call((detector) => detector.embedCrops(crops, logSizes, count));
  }

  /** See {@link Detector.dense}. */
  dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps | CandidateMaps> {
    return this.#call((detector) => detector.dense(view, viewSize));
  }

  /** See {@link Detector.setHead}; a worker that is lost gets the head once it is back. */
  async setHead(version: number, objectness: ObjectnessHead): Promise<void> {
    const before = this.#head.newest;
    const head = { version, objectness };
    this.#head.newest = head;
    for (;;) {
      const detector = await this.#running();
      try {
        await detector.setHead(version, objectness);
        return;
      } catch (error) {
        const lost = error instanceof EngineError && error.code === 'died';
        if (lost && this.#isMending(detector)) continue;
        if (this.#head.newest === head) this.#head.newest = before;
        throw error;
      }
    }
  }

  /** See {@link Detector.bench}. */
  bench(...[views, seconds]: Parameters<Detector['bench']>): Promise<BenchResult> {
    return this.#call((detector) => detector.bench(views, seconds));
  }

  /** See {@link Detector.close}; the worker is restarted no more. */
  close(withinMs?: number): Promise<void> {
    return this.#supervisor.close(withinMs);
  }

  async #call<Result>(work: (detector: Detector) => Promise<Result>): Promise<Result> {
    const detector = await this.#running();
    try {
      return await work(detector);
    } catch (error) {
      const lost = error instanceof EngineError && error.code === 'died';
      if (!lost || !this.#isMending(detector)) throw error;
      throw new EngineError('failed', messageOf(error), { cause: error });
    }
  }

  async #running(): Promise<Detector> {
    const detector = await this.#supervisor.running();
    if (detector === null) throw new EngineError('failed', 'the detect worker is being restarted');
    return detector;
  }

  /** Whether this lost worker is, or has been, replaced. */
  #isMending(detector: Detector): boolean {
    const { state, newest } = this.#supervisor;
    return newest !== detector || state === 'restarting' || state === 'running';
  }
}
