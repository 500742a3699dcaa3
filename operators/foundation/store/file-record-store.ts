import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors/message-of.ts';
import { StateError } from '../files/state-error.ts';
import type { RecordStore } from './record-store.ts';
import { errorOf } from './store-calls.ts';
import { StoreThreadError, type StoreThread } from './store-thread.ts';
import {
  assertStorable,
  copyChanges,
  type RecordChange,
  type StoredRecord,
} from './stored-record.ts';
import { publishNewFile } from './file/write-record-file.ts';

/** Bounds of the queue in front of a store's thread. */
export const storeLimits = {
  /** Commits that wait; the next one rejects. */
  commitsMax: 10_000,
  /** Their bytes. A commit that waits alone may have more. */
  bytesMax: 512 * 2 ** 20,
  /** Commits that share a transaction. */
  sharedCommitsMax: 256,
  /** Their bytes, from which on no further commit joins. */
  sharedBytesMax: 16 * 2 ** 20,
  /** Waits before a thread that ended is started anew; beyond them the store is lost. */
  restartAfterMs: [100, 1000],
} as const;

/** Bounds of a queue, named as in {@link storeLimits}. */
export type StoreLimits = {
  readonly [Name in keyof typeof storeLimits]: (typeof storeLimits)[Name] extends number
    ? number
    : readonly number[];
};

/** A commit that waits for the thread. */
interface Commit {
  readonly changes: readonly RecordChange[];
  readonly bytes: number;
  readonly settle: (error: StateError | null) => void;
}

/** A call that changes nothing, and is repeated when the thread ends. */
interface Reading {
  readonly run: (thread: StoreThread) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/**
 * The record store of a file, as seen from the thread that uses it: a queue of calls, which are
 * made one after another. Commits that wait share a transaction.
 */
export class FileRecordStore implements RecordStore {
  readonly damage: readonly string[];
  readonly lost: Promise<Error>;
  readonly #path: string;
  readonly #start: (epoch: number) => Promise<StoreThread>;
  #thread: StoreThread | undefined;
  #epoch: number;
  #lastFailure: unknown = new StoreThreadError('the thread of the record store ended');
  readonly #queue: (Commit | Reading)[] = [];
  #waitingCommits = 0;
  #waitingBytes = 0;
  #restarts = 0;
  #working: Promise<void> | undefined;
  #isClosed = false;
  #lostBecause: Error | undefined;
  #resolveLost: (reason: Error) => void = () => undefined;

  readonly #limits: StoreLimits;

  /** `start` starts the thread anew if `thread` ends. */
  constructor(
    path: string,
    start: (epoch: number) => Promise<StoreThread>,
    thread: StoreThread,
    limits: StoreLimits = storeLimits,
  ) {
    this.#path = path;
    this.#limits = limits;
    this.#start = start;
    this.damage = thread.opened.damage;
    this.#epoch = thread.opened.epoch;
    this.lost = new Promise((resolve) => (this.#resolveLost = resolve));
    this.#use(thread);
  }

  async commit(changes: readonly RecordChange[]): Promise<void> {
    for (const change of changes) assertStorable(change, this.#path);
    const bytes = changes.reduce((sum, change) => sum + bytesOf(change), 0);
    this.#assertOpen();
    if (this.#lostBecause !== undefined) throw this.#lostBecause;
    const { commitsMax, bytesMax } = this.#limits;
    const isFull = this.#waitingBytes > 0 && this.#waitingBytes + bytes > bytesMax;
    if (this.#waitingCommits >= commitsMax || isFull) {
      throw this.#unwritable('too many commits wait for the disk');
    }
    this.#waitingCommits++;
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      const settle = (error: StateError | null): void => {
        this.#waitingCommits--;
        this.#waitingBytes -= bytes;
        if (error === null) resolve();
        else reject(error);
      };
      this.#enqueue({ changes: copyChanges(changes), bytes, settle });
    });
  }

  list(kind: string): Promise<readonly StoredRecord[]> {
    return this.#read((thread) => thread.list(kind));
  }

  get(kind: string, key: string): Promise<Uint8Array | null> {
    return this.#read(async ({ client }) => (await client.call('get', { kind, key })).bytes);
  }

  async backup(path: string): Promise<void> {
    await publishNewFile(path, async (temporary) => {
      const { failure } = await this.#read(({ client }) =>
        client.call('copy', { temporary, path }),
      );
      if (failure !== null) throw errorOf(failure);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    await this.#thread?.client.close().catch(() => undefined);
  }

  #read<Result>(read: (thread: StoreThread) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      this.#enqueue({ run: async (thread) => resolve(await read(thread)), reject });
    });
  }

  #enqueue(call: Commit | Reading): void {
    this.#queue.push(call);
    this.#startWorking();
  }

  #startWorking(): void {
    this.#working ??= this.#work();
  }

  /** Makes the calls of the queue until it is empty. */
  async #work(): Promise<void> {
    // Calls that are made in the same turn join.
    await Promise.resolve();
    while (this.#queue.length > 0 || (this.#thread === undefined && !this.#isClosed)) {
      const thread = this.#thread ?? (await this.#restart());
      if (thread === null) break;
      const [first] = this.#queue;
      if (first === undefined) break;
      if ('run' in first) await this.#runReading(thread, first);
      else await this.#runCommits(thread);
    }
    this.#working = undefined;
  }

  async #runReading(thread: StoreThread, reading: Reading): Promise<void> {
    try {
      await reading.run(thread);
      this.#queue.shift();
    } catch (error) {
      if (error instanceof StoreThreadError) {
        await this.#drop(thread, error);
        return;
      }
      this.#queue.shift();
      reading.reject(error);
    }
  }

  async #runCommits(thread: StoreThread): Promise<void> {
    const commits = this.#takeCommits();
    try {
      const { outcomes } = await thread.client.call('commit', {
        commits: commits.map(({ changes }) => changes),
      });
      this.#restarts = 0;
      const errors = outcomes.map((failure) => (failure === null ? null : errorOf(failure)));
      const fenced = errors.find((error) => error?.code === 'fenced');
      if (fenced != null) this.#lose(fenced);
      commits.forEach(({ settle }, index) => settle(errors[index] ?? null));
    } catch (error) {
      const failure = this.#unwritable(`${messageOf(error)}; the commit may be lost`, error);
      for (const { settle } of commits) settle(failure);
      await this.#drop(thread, error);
    }
  }

  /** Takes the commits at the head of the queue that share a transaction: at least one. */
  #takeCommits(): Commit[] {
    const { sharedCommitsMax, sharedBytesMax } = this.#limits;
    const commits: Commit[] = [];
    for (let bytes = 0; commits.length < sharedCommitsMax && bytes < sharedBytesMax;) {
      const [next] = this.#queue;
      if (next === undefined || 'run' in next) break;
      commits.push(next);
      this.#queue.shift();
      bytes += next.bytes;
    }
    return commits;
  }

  /** Uses a thread until it ends. */
  #use(thread: StoreThread): void {
    this.#thread = thread;
    this.#epoch = thread.opened.epoch;
    void thread.client.exited.then(() => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      // The lock ended with the thread, so it is taken again at once.
      if (!this.#isClosed) this.#startWorking();
    });
  }

  /** Gives up a thread that failed, and waits until it has released the file. */
  async #drop(thread: StoreThread, reason: unknown): Promise<void> {
    if (this.#thread === thread) this.#thread = undefined;
    this.#lastFailure = reason;
    await thread.client.close().catch(() => undefined);
  }

  /** Starts the thread anew; null, and the store is lost, if that does not succeed. */
  async #restart(): Promise<StoreThread | null> {
    for (;;) {
      const waitMs = this.#limits.restartAfterMs[this.#restarts++];
      if (waitMs === undefined || this.#lostBecause !== undefined) break;
      await delay(waitMs);
      try {
        const thread = await this.#start(this.#epoch);
        this.#use(thread);
        return thread;
      } catch (error) {
        this.#lastFailure = error;
        if (error instanceof StateError && error.code !== 'unwritable') break;
      }
    }
    const cause = this.#lastFailure;
    this.#lose(cause instanceof StateError ? cause : this.#unwritable(messageOf(cause), cause));
    return null;
  }

  /** Rejects all that waits, and from now on every commit. */
  #lose(reason: StateError): void {
    this.#lostBecause ??= reason;
    this.#resolveLost(this.#lostBecause);
    for (const call of this.#queue.splice(0)) {
      if ('run' in call) call.reject(reason);
      else call.settle(reason);
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw this.#unwritable('the store is closed');
  }

  #unwritable(reason: string, cause?: unknown): StateError {
    const message = `${this.#path} can't be written: ${reason}`;
    return new StateError('unwritable', this.#path, message, { cause });
  }
}

function bytesOf(change: RecordChange): number {
  return 'put' in change ? change.put.bytes.byteLength : 0;
}
