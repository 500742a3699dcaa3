import type { spawnWorker } from '../threads/spawn-worker.ts';
import { FileRecordStore, storeLimits, type StoreLimits } from './file-record-store.ts';
import type { RecordStore } from './record-store.ts';
import { StoreThread } from './store-thread.ts';

/** Settings of {@link openRecordStore}. */
export interface RecordStoreOptions {
  /** Default: the worker thread of the store. */
  readonly spawn?: typeof spawnWorker;
  /** Default: {@link storeLimits}. */
  readonly limits?: Partial<StoreLimits>;
}

/**
 * Opens the record store in the file `path`, such as `state/store.db`, and creates it and its
 * folder if necessary. A thread of its own reads and writes it.
 *
 * The folder is locked until `close` or the end of the process. A damaged file is set aside as
 * `PATH.damaged-N`, and a new one made of all records in it that are intact; `damage` says so.
 * Files that end in `.tmp` in the folder and those in it, left by killed writers, are removed.
 *
 * Rejects with a `StateError`: `in-use` while any program holds the folder, `unwritable`,
 * `unreadable`.
 */
export async function openRecordStore(
  path: string,
  { spawn, limits }: RecordStoreOptions = {},
): Promise<RecordStore> {
  const start = (epoch: number | null): Promise<StoreThread> =>
    StoreThread.start(path, epoch, spawn);
  return new FileRecordStore(path, start, await start(null), { ...storeLimits, ...limits });
}
