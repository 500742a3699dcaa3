import { merge, type Observable } from 'rxjs';
import { closeAll } from '../foundation/streams/close-all.ts';
import type { Restarted, SupervisedState } from '../foundation/threads/supervisor.ts';
import type { ViewSize } from '../ingest/frames/view-size.ts';
import type { DetectionClaim } from './detection-claim.ts';
import type { BenchResult, Detection, EngineDescription } from './detector-messages.ts';
import type { DetectorFrame } from './detector.ts';
import type { CandidateMaps } from './engines/candidate-maps.ts';
import type { DenseMaps, ObjectnessHead } from './engines/engine.ts';
import type { SupervisedDetector } from './supervised-detector.ts';

/** A detector of a pool, which is started anew when it is lost. */
export type PooledDetector = Pick<SupervisedDetector, keyof SupervisedDetector>;

/** A call without an answer. */
interface Call {
  /** Its place in the order of all calls of the pool. */
  readonly number: number;
  readonly claim: DetectionClaim | null;
}

interface Worker {
  readonly detector: PooledDetector;
  /** Oldest first. */
  readonly calls: Set<Call>;
}

/** The head that all workers are to have; null before the first. */
type Head = { readonly version: number; readonly objectness: ObjectnessHead } | null;

/**
 * Several detectors of the same models as one: as many frames are detected at once, each by a
 * worker thread of its own. That is faster than as many threads on each frame, since no thread
 * waits for another one: docs/decisions/0046.
 *
 * A new head takes effect between two frames: it is passed to all workers at once, each of which
 * has it after the frames that it got before. That holds for frames that take turns
 * (`DetectionTurns`), of which none waits on this side, where a head would overtake it.
 */
export class DetectorPool implements PooledDetector {
  readonly parallel: number;
  readonly #workers: readonly Worker[];
  #head: Head = null;
  /** Settles when the newest head is set. */
  #setting: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #description: { readonly own: EngineDescription; readonly ofAll: EngineDescription } | null =
    null;

  /** @param detectors At least one, all of the same models and views. */
  constructor(detectors: readonly PooledDetector[]) {
    if (detectors.length === 0) throw new RangeError('a pool of detectors needs at least one');
    this.#workers = detectors.map((detector) => ({ detector, calls: new Set() }));
    this.parallel = detectors.reduce((sum, { parallel }) => sum + parallel, 0);
  }

  get describe(): EngineDescription {
    const own = this.#workers[0]!.detector.describe;
    if (this.#description?.own !== own) {
      const reason = `${own.reason}; ${this.#workers.length} workers`;
      this.#description = { own, ofAll: { ...own, reason } };
    }
    return this.#description.ofAll;
  }

  /** Resolves with an `EngineError` `died` when one of the workers is given up. */
  get lost(): Promise<Error> {
    return Promise.race(this.#detectors.map(({ lost }) => lost));
  }

  /** `failed` where one worker is given up, `running` where all run. */
  get state(): SupervisedState {
    const states = this.#detectors.map(({ state }) => state);
    if (states.includes('failed')) return 'failed';
    return states.find((state) => state !== 'running') ?? 'running';
  }

  /** What is to be said of the workers, each thing once. */
  get detail(): string {
    return [...new Set(this.#detectors.map(({ detail }) => detail))].join('; ');
  }

  get restarted$(): Observable<Restarted> {
    return merge(...this.#detectors.map(({ restarted$ }) => restarted$));
  }

  /** See `Detector.detect`; the frame goes to the worker that is expected to be free first. */
  detect(frame: DetectorFrame): Promise<Detection>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null = null): Promise<Detection | null> {
    return this.#call((detector) => detector.detect(frame, claim), claim);
  }

  /** See `Detector.embedCrops`. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#call((detector) => detector.embedCrops(crops, logSizes, count));
  }

  /** See `Detector.dense`. */
  dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps | CandidateMaps> {
    return this.#call((detector) => detector.dense(view, viewSize));
  }

  /**
   * See `Detector.setHead`. Where one worker does not take the head, all keep the one before, and
   * the promise rejects with that worker's error.
   */
  setHead(version: number, objectness: ObjectnessHead): Promise<void> {
    // One after another: a second head would overtake frames that wait behind the first.
    const set = this.#setting.then(() => this.#install({ version, objectness }));
    this.#setting = set.catch(() => undefined);
    return set;
  }

  /** See `Detector.bench`; all workers run at once. */
  async bench(views: readonly DetectorFrame[], seconds: number): Promise<BenchResult> {
    const results = await Promise.all(
      this.#detectors.map((detector) => detector.bench(views, seconds)),
    );
    const sum = (of: keyof BenchResult): number =>
      results.reduce((total, result) => total + result[of], 0);
    return { frames: sum('frames'), fps: sum('fps') };
  }

  /** See `Detector.close`. */
  async close(withinMs?: number): Promise<void> {
    await closeAll(this.#detectors.map((each) => ({ close: () => each.close(withinMs) })));
  }

  get #detectors(): readonly PooledDetector[] {
    return this.#workers.map(({ detector }) => detector);
  }

  async #install(head: NonNullable<Head>): Promise<void> {
    const failed = (await this.#setAll(head)).find(({ status }) => status === 'rejected');
    if (failed === undefined) {
      this.#head = head;
      return;
    }
    if (this.#head !== null) await this.#setAll(this.#head);
    throw (failed as PromiseRejectedResult).reason;
  }

  #setAll({ version, objectness }: NonNullable<Head>): Promise<PromiseSettledResult<void>[]> {
    const settings = this.#detectors.map((detector) => detector.setHead(version, objectness));
    return Promise.allSettled(settings);
  }

  /**
   * Calls the worker with the fewest calls; of several, the one that has been at them longest. One
   * that is being started anew gets none while another one runs.
   */
  async #call<Result>(
    work: (detector: PooledDetector) => Promise<Result>,
    claim: DetectionClaim | null = null,
  ): Promise<Result> {
    const running = this.#workers.filter(({ detector }) => detector.state === 'running');
    const [first, ...rest] = running.length === 0 ? this.#workers : running;
    const worker = rest.reduce((best, each) => (isFreer(each, best) ? each : best), first!);
    const call = { number: this.#calls++, claim };
    worker.calls.add(call);
    try {
      return await work(worker.detector);
    } finally {
      worker.calls.delete(call);
    }
  }
}

function isFreer(a: Worker, b: Worker): boolean {
  const [ofA, ofB] = [workOf(a), workOf(b)];
  if (ofA.length !== ofB.length) return ofA.length < ofB.length;
  return ofA.length > 0 && ofA[0]!.number < ofB[0]!.number;
}

/** The calls that take time: a withdrawn frame is passed over. */
function workOf({ calls }: Worker): readonly Call[] {
  return [...calls].filter(({ claim }) => claim?.isWithdrawn !== true);
}
