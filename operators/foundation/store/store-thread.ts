import { spawnWorker, siblingModule } from '../threads/spawn-worker.ts';
import { WorkerClient } from '../threads/worker-client.ts';
import type { WorkerFailure } from '../threads/worker-start.ts';
import type { StoredRecord } from './stored-record.ts';
import { errorOf, type OpenedStore, type StoreCalls } from './store-calls.ts';

/** The thread does not answer: what it was doing may have been done or not. */
export class StoreThreadError extends Error {
  override readonly name = 'StoreThreadError';
}

/** A thread that holds one store open, called from the thread that started it. */
export class StoreThread {
  readonly opened: OpenedStore;
  readonly client: WorkerClient<StoreCalls, null>;

  /**
   * Starts a thread and opens the store in it. With `epoch`, fails if another program has opened
   * it since this epoch. Rejects with a `StateError` or a {@link StoreThreadError}.
   */
  static async start(
    path: string,
    epoch: number | null,
    spawn: typeof spawnWorker = spawnWorker,
  ): Promise<StoreThread> {
    const client = await WorkerClient.start<StoreCalls, null>(
      siblingModule('./store-worker', import.meta.url),
      { path },
      { errorOf: threadErrorOf, spawn },
    );
    try {
      const opened = await client.call('open', { epoch });
      if ('failure' in opened) throw errorOf(opened.failure);
      return new StoreThread(client, opened);
    } catch (error) {
      await client.close().catch(() => undefined);
      throw error;
    }
  }

  private constructor(client: WorkerClient<StoreCalls, null>, opened: OpenedStore) {
    this.client = client;
    this.opened = opened;
  }

  async list(kind: string): Promise<StoredRecord[]> {
    const records: StoredRecord[] = [];
    for (let from: number | null = 0; from !== null;) {
      const part: StoreCalls['list']['out'] = await this.client.call('list', { kind, from });
      part.keys.forEach((key, index) => records.push({ kind, key, bytes: part.bytes[index]! }));
      from = part.next;
    }
    return records;
  }
}

function threadErrorOf(failure: WorkerFailure): Error {
  const why = reasonOf(failure);
  const options = 'cause' in failure ? { cause: failure.cause } : undefined;
  return new StoreThreadError(`the thread of the record store ${why}`, options);
}

function reasonOf(failure: WorkerFailure): string {
  if ('cause' in failure) return `ended: ${failure.cause.message}`;
  if ('exitCode' in failure) return `ended with exit code ${failure.exitCode}`;
  if (failure.code === 'failed') return `failed: ${failure.message}`;
  return failure.code === 'closed' ? 'is closed' : 'has too many calls';
}
