import { setTimeout as delay } from 'node:timers/promises';
import { Subject, type Observable } from 'rxjs';
import { messageOf } from '../errors/message-of.ts';

/** A worker that can be lost. */
export interface Losable {
  /** Resolves with the reason when the worker dies or hangs; never after `close`. */
  readonly lost: Promise<Error>;
  /** Lets its calls finish, for `withinMs` at most, and ends it. */
  close(withinMs?: number): Promise<void>;
}

/** Settings of {@link Supervisor.start}. */
export interface SupervisorOptions<Worker extends Losable> {
  /** What the worker is called in messages, such as `the learn worker`. */
  readonly name: string;
  readonly start: () => Promise<Worker>;
  /**
   * Brings a worker that was restarted to the state of the one before. Resolves with whether that
   * succeeded: where it did not, the worker runs on as it started. A rejection counts as a failure
   * of the start.
   */
  readonly restore: (worker: Worker) => Promise<boolean>;
  /** Called with one line for the log whenever the worker is lost, fails to start, or is back. */
  readonly onNotice: (line: string, level: 'warn' | 'info') => void;
  /** Default: {@link supervision}. */
  readonly limits?: Partial<typeof supervision>;
}

/** Bounds of a {@link Supervisor}. */
export const supervision = {
  /** Failures within `windowMs` after which the worker is given up. */
  failuresMax: 5,
  windowMs: 180_000,
  /** Wait before the first restart in ms; it doubles with each failure in the window. */
  backoffFirstMs: 200,
  backoffMaxMs: 5000,
  /** Longest time that a start with its restoration may take, in ms. */
  startMaxMs: 60_000,
  /** Longest time that a call waits for a restart, in ms. */
  waitMaxMs: 15_000,
} as const satisfies Record<string, number>;

type Limits = Record<keyof typeof supervision, number>;

/** A worker is back after it was lost. */
export interface Restarted {
  /** Whether the state of the worker before was restored. */
  readonly restored: boolean;
}

/** How a supervised worker does. */
export type SupervisedState = 'running' | 'restarting' | 'failed' | 'closed';

/**
 * Keeps one worker running: starts it anew with a growing wait when it dies or hangs, and gives up
 * when it fails too often.
 */
export class Supervisor<Worker extends Losable> {
  /** Resolves with the reason when the worker is given up; never rejects. */
  readonly failed: Promise<Error>;
  readonly #options: SupervisorOptions<Worker>;
  readonly #limits: Limits;
  readonly #restarted = new Subject<Restarted>();
  readonly #closing = new AbortController();
  readonly #failuresAtMs: number[] = [];
  #fail: (error: Error) => void = () => undefined;
  #state: SupervisedState = 'running';
  #worker: Worker;
  /** Resolves when the restart in progress has ended, well or not. */
  #restart: Promise<void> = Promise.resolve();
  #restarts = 0;
  #lastRestartMs: number | null = null;

  /** Starts the worker; rejects as `start` does. Only later failures are mended. */
  static async start<Worker extends Losable>(
    options: SupervisorOptions<Worker>,
  ): Promise<Supervisor<Worker>> {
    return new Supervisor(options, await options.start());
  }

  private constructor(options: SupervisorOptions<Worker>, worker: Worker) {
    this.#options = options;
    this.#limits = { ...supervision, ...options.limits };
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    this.#worker = worker;
    this.#watch(worker);
  }

  get state(): SupervisedState {
    return this.#state;
  }

  /** Restarts since the start of the program that succeeded. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Emits after each restart, once the worker takes calls again. Completes with the supervisor. */
  get restarted$(): Observable<Restarted> {
    return this.#restarted.asObservable();
  }

  /** The newest worker, which may be lost. */
  get newest(): Worker {
    return this.#worker;
  }

  /** The worker; while it restarts, waits for that. Resolves with null where it took too long. */
  async running(): Promise<Worker | null> {
    if (this.#state === 'restarting') {
      const waited = new AbortController();
      await Promise.race([
        this.#restart,
        delay(this.#limits.waitMaxMs, null, { signal: waited.signal, ref: false }).catch(
          () => null,
        ),
      ]);
      waited.abort();
    }
    // A worker that is given up or closed rejects its calls itself, with the reason.
    return this.#state === 'restarting' ? null : this.#worker;
  }

  /** One line about the worker, for a health check. */
  get detail(): string {
    const { restarts } = this;
    const times = `${restarts} ${restarts === 1 ? 'time' : 'times'}`;
    const ago =
      this.#lastRestartMs === null
        ? ''
        : `, last ${Math.round((performance.now() - this.#lastRestartMs) / 1000)} s ago`;
    return restarts === 0 ? this.#state : `${this.#state}, restarted ${times}${ago}`;
  }

  /** Ends the worker, within `withinMs` where that is given, and restarts it no more. */
  async close(withinMs?: number): Promise<void> {
    const isOver = this.#state === 'closed';
    if (this.#state !== 'failed') this.#state = 'closed';
    this.#closing.abort();
    if (!isOver) this.#restarted.complete();
    await this.#worker.close(withinMs);
    await this.#restart;
  }

  #watch(worker: Worker): void {
    void worker.lost.then((reason) => {
      if (this.#state !== 'running') return;
      this.#state = 'restarting';
      this.#restart = this.#startAnew(reason);
    });
  }

  async #startAnew(reason: Error): Promise<void> {
    let problem: unknown = reason;
    const { name, onNotice } = this.#options;
    while (this.#isRestarting()) {
      const failures = this.#noteFailure();
      const what = messageOf(problem);
      if (failures >= this.#limits.failuresMax) {
        this.#giveUp(`${name} failed ${failures} times, last because ${what}`);
        return;
      }
      const { backoffFirstMs, backoffMaxMs } = this.#limits;
      const waitMs = Math.min(backoffMaxMs, backoffFirstMs * 2 ** (failures - 1));
      onNotice(`${what}; it is restarted in ${waitMs} ms (failure ${failures})`, 'warn');
      const waited = delay(waitMs, true, { signal: this.#closing.signal });
      if (!(await waited.catch(() => false))) return;
      try {
        await this.#startOnce();
        return;
      } catch (error) {
        problem = error;
      }
    }
  }

  async #startOnce(): Promise<void> {
    const { name, start, restore, onNotice } = this.#options;
    const startedMs = performance.now();
    const starting = start();
    const worker = await this.#inTime(starting, 'did not start').catch((error: unknown) => {
      // One that starts after all must not stay behind.
      void starting.then((late) => late.close(0)).catch(() => undefined);
      throw error;
    });
    let restored: boolean;
    try {
      const lost = worker.lost.then((error) => Promise.reject(error));
      restored = await this.#inTime(
        Promise.race([restore(worker), lost]),
        'did not take its state',
      );
    } catch (error) {
      void worker.close(0).catch(() => undefined);
      throw error;
    }
    if (!this.#isRestarting()) return worker.close(0);
    this.#worker = worker;
    this.#state = 'running';
    this.#restarts++;
    this.#lastRestartMs = performance.now();
    this.#watch(worker);
    const tookMs = Math.round(performance.now() - startedMs);
    const how = restored ? 'with its state' : 'without its state';
    onNotice(`${name} is back ${how} after ${tookMs} ms`, restored ? 'info' : 'warn');
    this.#restarted.next({ restored });
  }

  /** Rejects where the work takes too long, or the supervisor closes meanwhile. */
  async #inTime<Result>(work: Promise<Result>, complaint: string): Promise<Result> {
    const { startMaxMs } = this.#limits;
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#closing.signal]);
    const late = delay(startMaxMs, undefined, { signal, ref: false }).then(
      () => Promise.reject(new Error(`it ${complaint} within ${startMaxMs / 1000} s`)),
      () => Promise.reject(new Error('it is closed')),
    );
    try {
      return await Promise.race([work, late]);
    } finally {
      late.catch(() => undefined);
      done.abort();
    }
  }

  #isRestarting(): boolean {
    return this.#state === 'restarting';
  }

  /** Failures within the window, this one included. */
  #noteFailure(): number {
    const nowMs = performance.now();
    this.#failuresAtMs.push(nowMs);
    while (this.#failuresAtMs[0]! < nowMs - this.#limits.windowMs) this.#failuresAtMs.shift();
    return this.#failuresAtMs.length;
  }

  #giveUp(message: string): void {
    this.#state = 'failed';
    this.#restarted.complete();
    this.#fail(new Error(message));
  }
}
