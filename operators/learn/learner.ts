import type { Worker } from 'node:worker_threads';
import type { EngineChoice } from '../detect/engines/choose-engine.ts';
import { spawnWorker } from '../foundation/threads/spawn-worker.ts';
import { LearnerError } from './learner-error.ts';
import type {
  LearnerCalls,
  LearnerReply,
  LearnerSetup,
  PostedChange,
  Update,
} from './learner-messages.ts';
import type { Evidence, Scene } from './examples/scene.ts';
import { defaultStrategy, readsReplay, type StrategyName } from './strategies/strategy-registry.ts';
import type { Change } from './strategy.ts';

/** Settings of {@link Learner.start}. */
export interface LearnerOptions {
  /** The learner's own engine, on one thread. Default `auto`. */
  readonly engine?: EngineChoice;
  /** Default `tally`. */
  readonly strategy?: StrategyName;
  /** Default 1. */
  readonly seed?: number;
  /** How far the thread stands back for others, 0 to 19, on Linux. Default 10. */
  readonly niceness?: number;
  /** Looks that may be under way at once. At least 1, default 64. */
  readonly looksMax?: number;
  /** The same for scenes. Default 16. */
  readonly scenesMax?: number;
  /** The same for updates, saves and restores. Default 4. */
  readonly updatesMax?: number;
  /** Module whose `chooseEngine` loads the engine. Default: operators/detect/choose-engine. */
  readonly engineModule?: URL;
}

type Kind = 'look' | 'scene' | 'update' | 'close';

const kinds: Record<keyof LearnerCalls, Kind> = {
  look: 'look',
  examine: 'scene',
  update: 'update',
  save: 'update',
  restore: 'update',
  close: 'close',
};

interface Call {
  readonly kind: Kind;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The learner in its worker thread at low priority, seen from the main thread. All calls are answered in
 * time or refused at once: beyond its bounds a call rejects with a {@link LearnerError} `busy`
 * and is counted. `died` and `closed` mean that the learner is of no further use.
 */
export class Learner {
  /** One line for a person: which engine it uses, and why. */
  readonly reason: string;
  readonly strategy: StrategyName;
  readonly #worker: Worker;
  readonly #limits: Record<Kind, number>;
  readonly #pending = new Map<number, Call>();
  readonly #counts: Record<Kind, number> = { look: 0, scene: 0, update: 0, close: 0 };
  readonly #exited: Promise<void>;
  #nextId = 0;
  #rejected = 0;
  /** Why no call works any more. */
  #over: LearnerError | undefined;

  /** Starts the thread and loads its engine. Rejects with a {@link LearnerError} `unavailable` where that fails. */
  static async start(options: LearnerOptions = {}): Promise<Learner> {
    const setup: LearnerSetup = {
      engine: options.engine ?? 'auto',
      strategy: options.strategy ?? defaultStrategy,
      seed: options.seed ?? 1,
      niceness: options.niceness ?? 10,
      engineModule: (options.engineModule ?? nextTo('../detect/engines/choose-engine')).href,
    };
    const worker = spawnWorker(nextTo('./learn-worker'), setup);
    return new Learner(worker, await untilReady(worker), setup.strategy, options);
  }

  /** For `start`, which hands over a worker that is ready. */
  private constructor(
    worker: Worker,
    reason: string,
    strategy: StrategyName,
    { looksMax = 64, scenesMax = 16, updatesMax = 4 }: LearnerOptions,
  ) {
    this.#worker = worker;
    this.reason = reason;
    this.strategy = strategy;
    this.#limits = { look: looksMax, scene: scenesMax, update: updatesMax, close: 1 };
    worker.on('message', (reply: LearnerReply) => this.#settle(reply));
    worker.on('error', (cause) =>
      this.#end(new LearnerError('died', `the learn worker died: ${cause.message}`, { cause })),
    );
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        this.#end(new LearnerError('died', `the learn worker ended with code ${code}`));
        resolve();
      });
    });
  }

  /** Calls refused for want of room since the start. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Resolves when the thread has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Pools the taps over crops, which are copied before it returns; see Engine.look for the shapes. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#call('look', { crops, logSizes, count });
  }

  /** What a scene teaches. Pixels in shared memory are read where they are: keep the frame until the promise settles. */
  examine(scene: Scene): Promise<Evidence> {
    return this.#call('examine', { scene });
  }

  /**
   * Takes a change in and drafts a head. Rejects with the signal's reason when aborted; the learner then
   * knows what it knew before. `change.replay` is called at once, and only where the strategy reads it.
   */
  async update(change: Change, signal?: AbortSignal): Promise<Update> {
    signal?.throwIfAborted();
    const replay = readsReplay(this.strategy) ? change.replay() : [];
    const { added, removed, background, backgroundWeight } = change;
    const posted: PostedChange = { added, removed, background, backgroundWeight, replay };
    const id = this.#nextId;
    const abort = () => this.#worker.postMessage({ type: 'abort', id });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.#call('update', { change: posted });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Everything that `restore` needs. */
  save(): Promise<Uint8Array> {
    return this.#call('save', {});
  }

  /** Takes back what `save` gave. Rejects, and changes nothing, where the bytes are of no use. */
  restore(bytes: Uint8Array): Promise<void> {
    return this.#call('restore', { bytes });
  }

  /** Lets the calls under way finish and ends the thread. */
  async close(): Promise<void> {
    if (this.#over === undefined) {
      const closing = this.#call('close', {});
      this.#over = new LearnerError('closed', 'the learner is closed');
      await closing;
    }
    await this.#exited;
  }

  #call<Type extends keyof LearnerCalls>(
    type: Type,
    content: LearnerCalls[Type]['in'],
  ): Promise<LearnerCalls[Type]['out']> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const kind = kinds[type];
    if (this.#counts[kind] >= this.#limits[kind]) {
      this.#rejected++;
      const waiting = `${this.#limits[kind]} calls wait for the learner`;
      return Promise.reject(new LearnerError('busy', `${type} refused: ${waiting}`));
    }
    this.#counts[kind]++;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { kind, resolve: resolve as (result: unknown) => void, reject });
      this.#worker.postMessage({ type, id, ...content });
    });
  }

  #settle(reply: LearnerReply): void {
    if (reply.type === 'ready') return;
    const call = this.#pending.get(reply.id);
    if (call === undefined) return;
    this.#pending.delete(reply.id);
    this.#counts[call.kind]--;
    if (reply.type === 'done') call.resolve(reply.result);
    else call.reject(new LearnerError('failed', reply.message));
  }

  #end(error: LearnerError): void {
    this.#over ??= error;
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of calls) reject(error);
  }
}

function nextTo(path: string): URL {
  return new URL(path + (import.meta.url.endsWith('.ts') ? '.ts' : '.js'), import.meta.url);
}

function untilReady(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void =>
      reject(new LearnerError('unavailable', cause.message, { cause }));
    const onExit = (code: number): void =>
      reject(
        new LearnerError('unavailable', `the learn worker ended with code ${code} on loading`),
      );
    worker.once('error', onError).once('exit', onExit);
    worker.once('message', (reply: LearnerReply) => {
      if (reply.type !== 'ready') return;
      worker.off('error', onError).off('exit', onExit);
      resolve(reply.reason);
    });
  });
}
