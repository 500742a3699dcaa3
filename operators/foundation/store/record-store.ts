import { codeUnitOrder } from '../files/code-unit-order.ts';
import { StateError } from '../files/state-error.ts';
import {
  assertStorable,
  copyChanges,
  type RecordChange,
  type StoredRecord,
} from './stored-record.ts';
import { writeRecordFile } from './file/write-record-file.ts';

export type { RecordChange, StoredRecord } from './stored-record.ts';

/** Records by kind and key, changed by atomic and durable commits. */
export interface RecordStore {
  /**
   * Makes all of the changes or none, in their order; they are durable once it resolves. Commits
   * apply in the order of calls; concurrent ones may share a transaction, and one that fails does
   * not affect the others. The bytes are copied.
   *
   * Rejects with a `StateError`: `unwritable` for a full disk, a record that no store accepts or
   * a store that is closed or overloaded, `fenced` when another program has opened the store.
   */
  commit(changes: readonly RecordChange[]): Promise<void>;
  /** All intact records of a kind, by key in code-unit order. Each has a buffer of its own. */
  list(kind: string): Promise<readonly StoredRecord[]>;
  get(kind: string, key: string): Promise<Uint8Array | null>;
  /**
   * Writes a consistent copy as a new file. Rejects with a `StateError` `unwritable` if the file
   * exists or can't be written; nothing is left of it then.
   */
  backup(path: string): Promise<void>;
  /** One line for each thing that opening set aside, for the log. */
  readonly damage: readonly string[];
  /** Resolves with the reason when the store can no longer be written. */
  readonly lost: Promise<Error>;
  /** Completes the calls made so far and releases the store. Later calls reject. */
  close(): Promise<void>;
}

/** A record store that ends with the process. */
export class MemoryRecordStore implements RecordStore {
  readonly damage: readonly string[] = [];
  /** Never resolves. */
  readonly lost = new Promise<Error>(() => undefined);
  readonly #kinds = new Map<string, Map<string, Uint8Array>>();
  #isClosed = false;

  async commit(changes: readonly RecordChange[]): Promise<void> {
    this.#assertOpen();
    for (const change of changes) assertStorable(change, 'memory');
    for (const change of copyChanges(changes)) {
      if ('put' in change) this.#keysOf(change.put.kind).set(change.put.key, change.put.bytes);
      else this.#kinds.get(change.remove.kind)?.delete(change.remove.key);
    }
  }

  async list(kind: string): Promise<readonly StoredRecord[]> {
    this.#assertOpen();
    return [...(this.#kinds.get(kind) ?? [])]
      .sort(([a], [b]) => codeUnitOrder(a, b))
      .map(([key, bytes]) => ({ kind, key, bytes: new Uint8Array(bytes) }));
  }

  async get(kind: string, key: string): Promise<Uint8Array | null> {
    this.#assertOpen();
    const bytes = this.#kinds.get(kind)?.get(key);
    return bytes === undefined ? null : new Uint8Array(bytes);
  }

  async backup(path: string): Promise<void> {
    this.#assertOpen();
    const lists = await Promise.all([...this.#kinds.keys()].map((kind) => this.list(kind)));
    await writeRecordFile(path, lists.flat());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #keysOf(kind: string): Map<string, Uint8Array> {
    const keys = this.#kinds.get(kind) ?? new Map<string, Uint8Array>();
    this.#kinds.set(kind, keys);
    return keys;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StateError('unwritable', 'memory', 'The record store is closed');
  }
}
