import { copyFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors/code-of.ts';
import { messageOf } from '../errors/message-of.ts';
import { StateError } from '../files/state-error.ts';
import { whyUnwritable } from '../files/why-unwritable.ts';
import { FolderLock } from './lock/folder-lock.ts';
import { openRecordFile } from './file/open-record-file.ts';
import type { RecordFile } from './file/record-file.ts';
import { removeTemporaries } from './file/remove-temporaries.ts';
import { failureOf, type Failure, type ListedRecords } from './store-calls.ts';
import type { RecordChange } from './stored-record.ts';

/** A part of a list ends at so many bytes. */
const partBytes = 4 * 2 ** 20;
/** A part of a list ends at so many records. */
const partRecords = 4096;

/**
 * The store of one file in the calling thread: it holds the lock of the folder and writes only
 * while nobody else has opened the file since.
 */
export class FileStore {
  /** One line for each thing that opening set aside. */
  readonly damage: readonly string[];
  readonly #path: string;
  readonly #lock: FolderLock;
  readonly #file: RecordFile;
  /** Number that this opening has given to the file. */
  readonly epoch: number;
  /** Device and number of the file. */
  readonly #identity: string;
  /** Why nothing may be written any more. */
  #fenced: StateError | undefined;
  /** Keys of the list in progress. */
  #listed: { readonly kind: string; readonly keys: readonly string[] } = { kind: '', keys: [] };

  /**
   * Opens the file. With `epoch`, only if nobody has opened it since. Throws a {@link StateError}:
   * `in-use`, `unwritable`, `unreadable` or `fenced`.
   */
  static open(path: string, epoch: number | null = null): FileStore {
    const lock = FolderLock.take(dirname(path));
    try {
      removeTemporaries(dirname(path));
      const { file, damage } = openRecordFile(path);
      try {
        if (epoch !== null && file.epoch !== epoch) {
          throw fenced(path, 'another program has opened it meanwhile');
        }
        return new FileStore(path, lock, file, damage);
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      lock.release();
      throw error instanceof StateError ? error : unwritable(path, error);
    }
  }

  private constructor(path: string, lock: FolderLock, file: RecordFile, damage: readonly string[]) {
    this.#path = path;
    this.#lock = lock;
    this.#file = file;
    this.damage = damage;
    this.epoch = file.raiseEpoch();
    this.#identity = identityOf(path);
  }

  /** Commits in one transaction; if that fails, each in one of its own. */
  commit(commits: readonly (readonly RecordChange[])[]): (Failure | null)[] {
    const together = this.#commitOne(commits.flat());
    if (together === null) return commits.map(() => null);
    if (commits.length === 1 || together.code === 'fenced') return commits.map(() => together);
    return commits.map((changes) => this.#commitOne(changes));
  }

  /** The records of a kind from position `from` among its keys, up to the limits of a part. */
  list(kind: string, from: number): ListedRecords {
    return this.#file.reading(() => this.#list(kind, from));
  }

  #list(kind: string, from: number): ListedRecords {
    if (from === 0 || this.#listed.kind !== kind) {
      this.#listed = { kind, keys: this.#file.keys(kind) };
    }
    const keys: string[] = [];
    const parts: Uint8Array[] = [];
    let position = from;
    let bytes = 0;
    while (position < this.#listed.keys.length && bytes < partBytes && keys.length < partRecords) {
      const key = this.#listed.keys[position++]!;
      const part = this.get(kind, key);
      if (part === null) continue;
      keys.push(key);
      parts.push(part);
      bytes += part.byteLength;
    }
    return { keys, bytes: parts, next: position < this.#listed.keys.length ? position : null };
  }

  get(kind: string, key: string): Uint8Array | null {
    const bytes = this.#file.get(kind, key);
    if (bytes === null) return null;
    // A view of a larger buffer cannot be transferred without the rest.
    return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  }

  /** Copies the file between two transactions. */
  copy(temporary: string, path: string): Failure | null {
    try {
      copyFileSync(this.#path, temporary);
      return null;
    } catch (error) {
      return failureOf(unwritable(path, error));
    }
  }

  close(): void {
    this.#file.close();
    this.#lock.release();
  }

  #commitOne(changes: readonly RecordChange[]): Failure | null {
    try {
      if (this.#fenced !== undefined) throw this.#fenced;
      this.#file.commit(changes, () => this.#assertOwn());
      // Another program may have replaced the file while the transaction ran.
      this.#assertSameFile();
      return null;
    } catch (error) {
      if (error instanceof StateError) return failureOf(error);
      // Without an end of the transaction the state of the connection is unknown.
      if (this.#file.isInTransaction) throw error;
      return failureOf(unwritable(this.#path, error));
    }
  }

  #assertOwn(): void {
    this.#assertSameFile();
    if (this.#file.epoch !== this.epoch) this.#fence('another program has opened it meanwhile');
  }

  #assertSameFile(): void {
    if (identityOf(this.#path) !== this.#identity) this.#fence('it was deleted or replaced');
  }

  #fence(reason: string): never {
    this.#fenced = fenced(this.#path, reason);
    throw this.#fenced;
  }
}

function fenced(path: string, reason: string): StateError {
  return new StateError('fenced', path, `${path} is not written any more: ${reason}`);
}

function identityOf(path: string): string {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file === undefined ? 'none' : `${file.dev} ${file.ino}`;
}

function unwritable(path: string, cause: unknown): StateError {
  const reason = codeOf(cause, '') === '' ? messageOf(cause) : whyUnwritable(cause);
  return new StateError('unwritable', path, `${path} can't be written: ${reason}`, { cause });
}
