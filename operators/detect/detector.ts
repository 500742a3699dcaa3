import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { Frame } from '../ingest/frames/frame.ts';
import type { EngineChoice } from './engines/choose-engine.ts';
import type {
  BenchResult,
  Detection,
  DetectorCalls,
  DetectorReply,
  DetectorSetup,
  EngineDescription,
} from './detector-messages.ts';
import { EngineError } from './engines/engine-error.ts';
import type { DenseMaps, ObjectnessHead } from './engines/engine.ts';
import { spawnWorker } from '../foundation/threads/spawn-worker.ts';

export interface DetectorOptions {
  /** Default: `auto`. */
  readonly engine?: EngineChoice;
  /** Threads of one run, at least 1. Default: one less than the machine has. */
  readonly threads?: number;
  /** Side of the square view in pixels, a multiple of 32. */
  readonly viewSize: number;
  /** Most peaks of one frame, at least 1. Default: 100. */
  readonly maxPeaks?: number;
}

/** Calls that are in the worker at once: one that runs and one that waits, so that it never idles. */
const postedMax = 2;
/** Calls that wait in front of it, over all cameras; the next one is refused. */
const queuedMax = 256;

interface Call {
  readonly message: object;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: EngineError) => void;
}

/**
 * An engine in a worker thread of its own, shared by cameras: calls are answered in the order in
 * which they are made, except that heads overtake frames that have not reached the worker.
 *
 * A call that fails rejects with an {@link EngineError} `failed` and leaves the others alone;
 * `died` and `closed` mean that the detector is of no further use.
 */
export class Detector {
  readonly describe: EngineDescription;
  readonly #worker: Worker;
  readonly #posted = new Map<number, Call>();
  readonly #queued: Call[] = [];
  #nextId = 0;
  /** Why no call works any more. */
  #over: EngineError | undefined;
  readonly #exited: Promise<void>;

  /**
   * Starts the worker and loads the engine, warm for `viewSize`. Rejects with an
   * {@link EngineError} where the engine does not load. `spawn` is what starts the thread.
   */
  static async start(options: DetectorOptions, spawn = spawnWorker): Promise<Detector> {
    const setup: DetectorSetup = {
      engine: options.engine ?? 'auto',
      threads: options.threads ?? Math.max(1, availableParallelism() - 1),
      viewSize: options.viewSize,
      maxPeaks: options.maxPeaks ?? 100,
    };
    const worker = spawn(new URL(workerFile, import.meta.url), setup);
    return new Detector(worker, await untilReady(worker, setup.engine));
  }

  /** For `start`, which hands over a worker that is ready. */
  private constructor(worker: Worker, describe: EngineDescription) {
    this.#worker = worker;
    this.describe = describe;
    worker.on('message', (reply: DetectorReply) => this.#settle(reply));
    worker.on('error', (cause) =>
      this.#end(new EngineError('died', `the detect worker died: ${cause.message}`, { cause })),
    );
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        this.#end(new EngineError('died', `the detect worker ended with code ${code}`));
        resolve();
      });
    });
  }

  /**
   * Looks for peaks in a frame's view. The view is read where it stands, in shared memory: the
   * caller keeps the frame until the promise settles.
   */
  detect(frame: Pick<Frame, 'view' | 'viewSize'>): Promise<Detection> {
    return this.#call('detect', { view: frame.view, viewSize: frame.viewSize });
  }

  /** Pools the taps over crops; see {@link Engine.look} for the shapes. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#call('look', { crops, logSizes, count });
  }

  /** The whole maps of a view, for learning: {@link Engine.dense}. */
  dense(view: Uint8Array, viewSize: number): Promise<DenseMaps> {
    return this.#call('dense', { view, viewSize });
  }

  /**
   * Puts a head's objectness in effect between two frames and resolves once it is.
   * Every {@link Detection} says which version it was made under.
   */
  setHead(version: number, objectness: ObjectnessHead): Promise<void> {
    return this.#call('head', { version, objectness });
  }

  /** Runs the bare engine over `views` (of `viewSize`) for some seconds; other calls wait. */
  bench(views: readonly Uint8Array[], seconds: number): Promise<BenchResult> {
    return this.#call('bench', { views, seconds });
  }

  /** Lets the calls in the worker finish, rejects those that wait, and ends the worker. */
  async close(): Promise<void> {
    if (this.#over === undefined) {
      const closing = this.#call('close', {});
      this.#over = new EngineError('closed', 'the detector is closed');
      for (const call of this.#queued.splice(0)) call.reject(this.#over);
      await closing;
    }
    await this.#exited;
  }

  #call<Type extends keyof DetectorCalls>(
    type: Type,
    content: DetectorCalls[Type]['in'],
  ): Promise<DetectorCalls[Type]['out']> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => {
      const call: Call = {
        message: { type, ...content },
        resolve: resolve as (result: unknown) => void,
        reject,
      };
      if (type === 'head' || type === 'close' || this.#posted.size < postedMax) this.#post(call);
      else if (this.#queued.length < queuedMax) this.#queued.push(call);
      else reject(new EngineError('overloaded', `${queuedMax} calls are waiting for the detector`));
    });
  }

  #post(call: Call): void {
    const id = this.#nextId++;
    this.#posted.set(id, call);
    this.#worker.postMessage({ ...call.message, id });
  }

  #settle(reply: DetectorReply): void {
    if (reply.type === 'ready') return;
    const call = this.#posted.get(reply.id);
    this.#posted.delete(reply.id);
    // The worker gets its next call before this one's owner gets its answer.
    const next = this.#posted.size < postedMax ? this.#queued.shift() : undefined;
    if (next !== undefined) this.#post(next);
    if (reply.type === 'done') call?.resolve(reply.result);
    else call?.reject(new EngineError('failed', reply.message));
  }

  #end(error: EngineError): void {
    this.#over ??= error;
    const calls = [...this.#posted.values(), ...this.#queued.splice(0)];
    this.#posted.clear();
    for (const call of calls) call.reject(error);
  }
}

const workerFile = import.meta.url.endsWith('.ts') ? './detect-worker.ts' : './detect-worker.js';

function untilReady(worker: Worker, engine: EngineChoice): Promise<EngineDescription> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      // An EngineError loses its class on the way between threads, but not its message and code.
      const code = 'code' in cause && cause.code === 'bad-model' ? 'bad-model' : 'unavailable';
      reject(new EngineError(code, cause.message, { cause }));
    };
    const onExit = (code: number): void =>
      reject(new EngineError('unavailable', `engine ${engine} ended with code ${code} on loading`));
    worker.once('error', onError).once('exit', onExit);
    worker.once('message', (reply: DetectorReply) => {
      if (reply.type !== 'ready') return;
      worker.off('error', onError).off('exit', onExit);
      const { type: _, ...describe } = reply;
      resolve(describe);
    });
  });
}
