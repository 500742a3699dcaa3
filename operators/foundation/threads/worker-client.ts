import type { Worker } from 'node:worker_threads';
import { spawnWorker } from './spawn-worker.ts';
import { threadWaitedMs } from './thread-priority.ts';

import { Watchdog, type WatchdogOptions } from './watchdog.ts';
import type {
  WorkerAbort,
  WorkerCalls,
  WorkerPing,
  WorkerReply,
  WorkerRequest,
} from './worker-messages.ts';
import { untilReady, type WorkerFailure } from './worker-start.ts';

/** Limits of a group of calls. */
export interface CallLimits<Name> {
  readonly calls: readonly Name[];
  /** Unanswered calls of the group, at least 1; the next one is refused. Default: no limit. */
  readonly unansweredMax?: number;
  /** Posted at once, ahead of the calls that wait. Default: false. */
  readonly urgent?: boolean;
}

/** Settings of {@link WorkerClient.start}. */
export interface WorkerClientOptions<Calls extends WorkerCalls<Calls>> {
  /** A call is in at most one group. Default: none. */
  readonly limits?: readonly CallLimits<keyof Calls>[];
  /** Calls in the worker at once, urgent ones included; others wait here. Default: no limit. */
  readonly postedMax?: number;
  /** Calls that wait here, over all groups; the next one is refused. Default: no limit. */
  readonly waitingMax?: number;
  /** When the thread counts as hung; it is ended then. Default: never. */
  readonly watchdog?: WatchdogOptions<keyof Calls & string>;
  /** Turns a failure into the error that the caller receives. */
  readonly errorOf: (failure: WorkerFailure) => Error;
  /** Default: {@link spawnWorker}. */
  readonly spawn?: typeof spawnWorker;
}

interface Call {
  readonly request: WorkerRequest;
  /** The limits that it counts towards. */
  readonly group: object | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls a worker thread that runs `serveCalls`, from the thread that started it.
 *
 * Calls are posted in the order in which they are made, except that urgent ones overtake calls
 * that wait on this side. Every call settles: beyond the limits it is refused and counted, and
 * when the worker ends, all unanswered calls reject.
 */
export class WorkerClient<Calls extends WorkerCalls<Calls>, Ready> {
  /** What the worker posted when it was ready. */
  readonly ready: Ready;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Resolves with the reason when the thread dies or hangs; never after a close. */
  readonly lost: Promise<Error>;
  readonly #worker: Worker;
  readonly #options: WorkerClientOptions<Calls>;
  readonly #posted = new Map<number, Call>();
  readonly #waiting: Call[] = [];
  /** By group. */
  readonly #unanswered = new Map<object, number>();
  #nextId = 0;
  #refused = 0;
  readonly #watchdog: Watchdog | undefined;
  #lose: (reason: Error) => void = () => undefined;
  /** Why no call works any more. */
  #over: Error | undefined;

  /** Starts the thread and waits until it is ready. Rejects with an `unavailable` failure. */
  static async start<Calls extends WorkerCalls<Calls>, Ready>(
    entry: URL,
    setup: unknown,
    options: WorkerClientOptions<Calls>,
  ): Promise<WorkerClient<Calls, Ready>> {
    const worker = (options.spawn ?? spawnWorker)(entry, setup);
    const { ready, thread } = await untilReady<Ready>(worker, options.errorOf);
    return new WorkerClient(worker, ready, thread, options);
  }

  private constructor(
    worker: Worker,
    ready: Ready,
    thread: number | null,
    options: WorkerClientOptions<Calls>,
  ) {
    this.#worker = worker;
    this.#options = options;
    this.ready = ready;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.#watchdog = this.#startWatchdog(thread);
    worker.on('message', (reply: WorkerReply<Ready>) => this.#settle(reply));
    worker.on('error', (cause) => this.#end({ code: 'died', cause }));
    this.exited = new Promise((resolve) => {
      worker.once('exit', (exitCode) => {
        this.#end({ code: 'died', exitCode });
        resolve();
      });
    });
  }

  /** Calls refused since the start because a limit was reached. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Sends a call and resolves with its result. Aborting drops a call that waits on this side, and
   * else posts an abort to the worker; a call that then fails rejects with the signal's reason.
   */
  call<Name extends keyof Calls & string>(
    name: Name,
    args: Calls[Name]['in'],
    signal?: AbortSignal,
  ): Promise<Calls[Name]['out']> {
    const id = this.#nextId++;
    const result = () => this.#send(id, name, args);
    return signal === undefined ? result() : this.#abortable(id, signal, result);
  }

  /**
   * Lets the calls in the worker finish, rejects those that wait, and ends the thread: after
   * `withinMs` also where calls have not finished, which reject then. Default: no limit.
   */
  async close(withinMs = Infinity): Promise<void> {
    const timer = withinMs === Infinity ? undefined : setTimeout(() => this.terminate(), withinMs);
    try {
      await this.#closeInOrder();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the thread at once; all unanswered calls reject. */
  terminate(): void {
    this.#end({ code: 'closed' });
    void this.#worker.terminate();
  }

  async #closeInOrder(): Promise<void> {
    if (this.#over === undefined) {
      const closing = new Promise<unknown>((resolve, reject) =>
        this.#post({
          request: { type: 'close', id: this.#nextId++ },
          group: undefined,
          resolve,
          reject,
        }),
      );
      this.#over = this.#options.errorOf({ code: 'closed' });
      for (const call of this.#waiting.splice(0)) call.reject(this.#over);
      // It rejects where the thread ends first, which is the aim.
      await closing.catch(() => undefined);
    }
    await this.exited;
  }

  #startWatchdog(thread: number | null): Watchdog | undefined {
    const { watchdog } = this.#options;
    if (watchdog === undefined) return undefined;
    return new Watchdog(watchdog, {
      ping: () => this.#worker.postMessage({ type: 'ping' } satisfies WorkerPing),
      waitedMs: () => (thread === null ? null : threadWaitedMs(thread)),
      onHung: (cause) => {
        this.#end({ code: 'died', cause });
        void this.#worker.terminate();
      },
    });
  }

  async #abortable<Result>(id: number, signal: AbortSignal, result: () => Promise<Result>) {
    signal.throwIfAborted();
    const abort = (): void => this.#abort(id);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await result();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #send<Name extends keyof Calls & string>(
    id: number,
    name: Name,
    args: Calls[Name]['in'],
  ): Promise<Calls[Name]['out']> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const { limits = [], postedMax = Infinity, waitingMax = Infinity } = this.#options;
    const group = limits.find(({ calls }) => calls.includes(name));
    const { unansweredMax = Infinity, urgent = false } = group ?? {};
    const unanswered = group === undefined ? 0 : (this.#unanswered.get(group) ?? 0);
    const postable = urgent || this.#posted.size < postedMax;
    if (unanswered >= unansweredMax) return this.#refuse(name, unansweredMax);
    if (!postable && this.#waiting.length >= waitingMax) return this.#refuse(name, waitingMax);
    if (group !== undefined) this.#unanswered.set(group, unanswered + 1);
    return new Promise((resolve, reject) => {
      const call: Call = {
        request: { type: 'call', id, name, args },
        group,
        resolve: resolve,
        reject,
      };
      if (postable) this.#post(call);
      else this.#waiting.push(call);
    });
  }

  #refuse(call: string, limit: number): Promise<never> {
    this.#refused++;
    return Promise.reject(this.#options.errorOf({ code: 'refused', call, limit }));
  }

  #post(call: Call): void {
    try {
      this.#worker.postMessage(call.request);
      this.#posted.set(call.request.id, call);
      if (call.request.type === 'call') this.#watchdog?.posted(call.request.name);
    } catch (error) {
      // Arguments that can't be cloned.
      this.#uncount(call);
      call.reject(error);
    }
  }

  #abort(id: number): void {
    const index = this.#waiting.findIndex(({ request }) => request.id === id);
    if (index < 0) {
      this.#worker.postMessage({ type: 'abort', id } satisfies WorkerAbort);
      return;
    }
    for (const call of this.#waiting.splice(index, 1)) {
      this.#uncount(call);
      call.reject(new Error('aborted'));
    }
  }

  #settle(reply: WorkerReply<Ready>): void {
    if (reply.type === 'pong') this.#watchdog?.answered();
    if (reply.type === 'ready' || reply.type === 'pong') return;
    const call = this.#posted.get(reply.id);
    if (call === undefined) return;
    this.#posted.delete(reply.id);
    if (call.request.type === 'call') this.#watchdog?.settled(call.request.name);
    this.#uncount(call);
    // The worker gets its next call before this one's caller continues.
    const { postedMax = Infinity } = this.#options;
    while (this.#posted.size < postedMax) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#post(next);
    }
    if (reply.type === 'done') call.resolve(reply.result);
    else {
      const { message, errorCode } = reply;
      call.reject(this.#options.errorOf({ code: 'failed', message, errorCode }));
    }
  }

  /** Removes a settled call from the count of its group. */
  #uncount({ group }: Call): void {
    if (group !== undefined) this.#unanswered.set(group, (this.#unanswered.get(group) ?? 1) - 1);
  }

  #end(failure: WorkerFailure): void {
    const error = this.#options.errorOf(failure);
    this.#watchdog?.stop();
    if (this.#over === undefined) {
      this.#over = error;
      if (failure.code === 'died') this.#lose(error);
    }
    const calls = [...this.#posted.values(), ...this.#waiting.splice(0)];
    this.#posted.clear();
    for (const call of calls) call.reject(error);
  }
}
