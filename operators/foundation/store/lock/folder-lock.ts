import Database from 'libsql';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../../errors/code-of.ts';
import { StateError } from '../../files/state-error.ts';
import { whyUnwritable } from '../../files/why-unwritable.ts';
import { isAlive, parseHolder, startOf, systemLockMark, type LockHolder } from './lock-holder.ts';

/** Interval at which the holder updates the modification time of `lock`. */
const touchEveryMs = 10_000;

/**
 * The exclusive lock of a state folder, held in the calling thread until `release`.
 *
 * It is a lock of the operating system on the file `lock.db`, so that it holds between containers,
 * and ends with the process at once however that ends. The file `lock` says who holds it, as
 * `PID START HOST`; programs of version 0.1, which know only that file, respect it.
 */
export class FolderLock {
  readonly #database: Database.Database;
  readonly #path: string;
  readonly #own: string;
  readonly #timer: NodeJS.Timeout;

  /**
   * Takes the lock of a folder, which is created if necessary. Throws a {@link StateError}:
   * `in-use` when any program holds it, this one included, or `unwritable`.
   */
  static take(folder: string): FolderLock {
    const database = lockFile(folder);
    try {
      return new FolderLock(folder, database);
    } catch (error) {
      unlock(database);
      throw error instanceof StateError ? error : unwritable(folder, error);
    }
  }

  private constructor(folder: string, database: Database.Database) {
    this.#database = database;
    this.#path = join(folder, 'lock');
    const earlier = readHolder(this.#path);
    if (earlier !== null && !earlier.hasSystemLock && isAlive(this.#path, earlier)) {
      const way = `where that has ended, delete ${this.#path}`;
      throw new StateError('in-use', this.#path, `${inUse(folder, earlier)}; ${way}`);
    }
    this.#own = `${process.pid} ${startOf(process.pid)} ${hostname()}${systemLockMark}\n`;
    writeFileSync(this.#path, this.#own);
    this.#timer = setInterval(() => this.#touch(), touchEveryMs).unref();
  }

  release(): void {
    clearInterval(this.#timer);
    try {
      // If a person deleted the lock, the file may be another program's by now.
      if (readFileSync(this.#path, 'utf8') === this.#own) rmSync(this.#path);
    } catch {
      // The folder is gone or read-only. The file means nothing without the system's lock.
    }
    // `lock.db` stays: another program may have opened it, and would lock a file without a name.
    unlock(this.#database);
  }

  #touch(): void {
    try {
      utimesSync(this.#path, new Date(), new Date());
    } catch {
      // As above.
    }
  }
}

/** Closing alone keeps the lock as long as anything refers to the connection. */
function unlock(database: Database.Database): void {
  if (!database.open) return;
  if (database.inTransaction) database.exec('ROLLBACK');
  database.close();
}

function lockFile(folder: string): Database.Database {
  const path = join(folder, 'lock.db');
  let database: Database.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    database = new Database(path, { timeout: 0 });
    // The file stays empty; only its lock is used.
    database.prepare('PRAGMA journal_mode = MEMORY').all();
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    if (codeOf(error) === 'SQLITE_BUSY') {
      const holder = readHolder(join(folder, 'lock'));
      throw new StateError('in-use', path, `${inUse(folder, holder)}; end it first`);
    }
    if (codeOf(error) === 'SQLITE_NOTADB' || codeOf(error) === 'SQLITE_CORRUPT') {
      // Its content has no meaning, and nobody holds a file that can't be opened.
      rmSync(path);
      return lockFile(folder);
    }
    throw unwritable(folder, error);
  }
}

/** SQLite does not say why it can't open a file, so the system is asked. */
function unwritable(folder: string, cause: unknown): StateError {
  const reason = whyUnwritable(probe(existingPart(folder)) ?? cause);
  return new StateError('unwritable', folder, `${folder} can't be written to: ${reason}`, {
    cause,
  });
}

/** The nearest folder of a path that is there. */
function existingPart(folder: string): string {
  const parent = dirname(folder);
  return existsSync(folder) || parent === folder ? folder : existingPart(parent);
}

function probe(folder: string): unknown {
  const path = join(folder, `probe.${process.pid}.tmp`);
  try {
    if (!statSync(folder).isDirectory()) return Object.assign(new Error(), { code: 'ENOTDIR' });
    writeFileSync(path, 'x');
    return null;
  } catch (error) {
    return error;
  } finally {
    try {
      rmSync(path, { force: true });
    } catch {
      // It could not be written in the first place.
    }
  }
}

function readHolder(path: string): LockHolder | null {
  try {
    return parseHolder(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function inUse(folder: string, holder: LockHolder | null): string {
  if (holder === null) return `${folder} is in use by another program`;
  const host = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return `${folder} is in use by process ${holder.pid}${host}`;
}
