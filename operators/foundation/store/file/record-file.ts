import type { Database, Statement } from 'libsql';
import { codeUnitOrder } from '../../files/code-unit-order.ts';
import { createTable, openDatabase, queryAll } from './database.ts';
import { DamagedFile } from './damaged-file.ts';
import { checksumOf, verifyRow, type RowParts } from './record-row.ts';
import type { RecordChange } from '../stored-record.ts';
import { wipeGaps } from './wipe-gaps.ts';

/**
 * Text is read as a blob: libsql ends the process at text that is no UTF-8, as a damaged file may
 * contain.
 */
const columns =
  'CAST(kind AS BLOB), CAST(key AS BLOB), CAST(checksum AS BLOB), CAST(bytes AS BLOB)';

/** Bytes of rows that opening has read and that are kept for the first list. */
export const keptBytesMax = 512 * 2 ** 20;

/** The position of a row in the file: its rowid. */
type Directory = Map<string, Map<string, number>>;

/**
 * One SQLite file of records, read and written in the calling thread.
 *
 * Which rows exist is kept in memory rather than in an index, so that no index can disagree with
 * the table. Errors are those of SQLite, with `code` such as `SQLITE_FULL`.
 */
export class RecordFile {
  readonly path: string;
  readonly #database: Database;
  readonly #directory: Directory = new Map();
  /**
   * Bytes of rows that opening has read and verified, by position, each until it is asked for; all
   * until the first commit. So a program that opens a store and lists it reads the file once.
   */
  readonly #kept = new Map<number, Uint8Array>();
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #remove: Statement;
  readonly #read: Statement;

  /**
   * Opens a file, or creates it. Throws a `DamagedFile` unless everything in it is intact.
   * `keptBytes`: bytes of rows to keep for the first list, {@link keptBytesMax} at most.
   */
  constructor(path: string, busyTimeoutMs = 0, keptBytes = 0) {
    this.path = path;
    this.#database = openDatabase(path, busyTimeoutMs);
    try {
      createTable(this.#database);
      this.#insert = this.#database.prepare('INSERT INTO records VALUES(?, ?, ?, ?)');
      this.#update = this.#database.prepare(
        'UPDATE records SET checksum = ?, bytes = ? WHERE rowid = ?',
      );
      this.#remove = this.#database.prepare('DELETE FROM records WHERE rowid = ?');
      this.#read = this.#database.prepare(`SELECT ${columns} FROM records WHERE rowid = ?`).raw();
      this.reading(() => this.#readDirectory(keptBytes));
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Checks the structure of the file. Throws a `DamagedFile`. */
  checkStructure(): void {
    const rows = queryAll(this.#database, 'PRAGMA integrity_check(1)');
    const [[verdict] = []] = rows;
    if (verdict !== 'ok') throw new DamagedFile(String(verdict).replaceAll(/\s+/g, ' '));
  }

  /** Number that each opening of a store raises. */
  get epoch(): number {
    return Number(queryAll(this.#database, 'PRAGMA user_version')[0]?.[0]);
  }

  raiseEpoch(): number {
    const epoch = (this.epoch + 1) % 2 ** 31;
    this.#database.exec(`PRAGMA user_version = ${epoch}`);
    return epoch;
  }

  /**
   * Makes all of the changes in one durable transaction, or none. `check` runs inside it and may
   * throw to prevent it.
   */
  commit(changes: Iterable<RecordChange>, check: () => void = () => undefined): void {
    const moved = new Map<string, Map<string, number | null>>();
    this.#kept.clear();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      check();
      const pagesBefore = this.#pageCount();
      for (const change of changes) this.#apply(change, moved);
      wipeGaps(this.#database, `${this.path}-journal`, pagesBefore);
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    for (const [kind, keys] of moved) {
      for (const [key, rowid] of keys) this.#note(kind, key, rowid);
    }
  }

  kinds(): string[] {
    return [...this.#directory.keys()].sort(codeUnitOrder);
  }

  /** Keys of a kind in code-unit order. */
  keys(kind: string): string[] {
    return [...(this.#directory.get(kind)?.keys() ?? [])].sort(codeUnitOrder);
  }

  has(kind: string, key: string): boolean {
    return this.#directory.get(kind)?.has(key) ?? false;
  }

  /** Runs several reads in one transaction, which spares the system calls of one for each. */
  reading<Result>(read: () => Result): Result {
    this.#database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#endReading();
    }
  }

  #endReading(): void {
    try {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
    } catch {
      // Nothing was written, and the error of the read says what is wrong.
    }
  }

  /**
   * The bytes of a record, in a buffer that nothing else uses; null if there is none, or if it was
   * damaged since the opening.
   */
  get(kind: string, key: string): Uint8Array | null {
    const rowid = this.#directory.get(kind)?.get(key);
    if (rowid === undefined) return null;
    const kept = this.#kept.get(rowid);
    if (kept !== undefined) {
      this.#kept.delete(rowid);
      return kept;
    }
    const [row] = this.#read.all([rowid]) as unknown[][];
    return row === undefined ? null : (verifyRow(partsOf(row))?.bytes ?? null);
  }

  /** True only if a transaction could not even be rolled back. */
  get isInTransaction(): boolean {
    return this.#database.inTransaction;
  }

  close(): void {
    this.#database.close();
  }

  #apply(change: RecordChange, moved: Map<string, Map<string, number | null>>): void {
    const { kind, key } = 'put' in change ? change.put : change.remove;
    const earlier = moved.get(kind)?.get(key);
    const rowid =
      earlier === undefined ? this.#directory.get(kind)?.get(key) : (earlier ?? undefined);
    const keys = moved.get(kind) ?? new Map<string, number | null>();
    moved.set(kind, keys);
    if ('put' in change) {
      const { bytes } = change.put;
      const checksum = checksumOf(kind, key, bytes);
      if (rowid === undefined) {
        const { lastInsertRowid } = this.#insert.run([kind, key, checksum, bytes]);
        keys.set(key, Number(lastInsertRowid));
      } else {
        this.#update.run([checksum, bytes, rowid]);
        keys.set(key, rowid);
      }
    } else if (rowid !== undefined) {
      this.#remove.run([rowid]);
      keys.set(key, null);
    }
  }

  #note(kind: string, key: string, rowid: number | null): void {
    const keys = this.#directory.get(kind) ?? new Map<string, number>();
    if (rowid === null) keys.delete(key);
    else keys.set(key, rowid);
    if (keys.size > 0) this.#directory.set(kind, keys);
    else this.#directory.delete(kind);
  }

  #pageCount(): number {
    return Number(queryAll(this.#database, 'PRAGMA page_count')[0]?.[0]);
  }

  /** Reads and verifies every row. */
  #readDirectory(keptBytes: number): void {
    const rows = this.#database
      .prepare(`SELECT ${columns}, rowid FROM records ORDER BY rowid`)
      .raw()
      .iterate() as Iterable<unknown[]>;
    let problem: string | null = null;
    let left = Math.min(keptBytes, keptBytesMax);
    // Read to the end in any case: a query under way would keep the file from being closed.
    for (const row of rows) {
      problem ??= this.#noteRow(row);
      const bytes = blob(row[3]);
      left -= bytes.byteLength;
      if (left >= 0) this.#kept.set(Number(row[4]), bytes);
    }
    if (problem !== null) throw new DamagedFile(problem);
  }

  /** Notes where a row is. Returns what is wrong with it; null where nothing is. */
  #noteRow(columnsOfRow: unknown[]): string | null {
    const row = verifyRow(partsOf(columnsOfRow));
    if (row === null) return 'the checksum of a record differs';
    if (this.#directory.get(row.kind)?.has(row.key)) return 'two records have the same key';
    this.#note(row.kind, row.key, Number(columnsOfRow[4]));
    return null;
  }
}

function partsOf([kind, key, checksum, bytes]: unknown[]): RowParts {
  return { kind: blob(kind), key: blob(key), checksum: blob(checksum), bytes: blob(bytes) };
}

/** A column that damage turned into NULL counts as empty. */
function blob(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
