import Database from 'libsql';

export type { Database } from 'libsql';

/** Page size of a store's file; salvage relies on it when the header is damaged. */
export const pageBytes = 4096;

/** First byte of a page with rows of a table. */
export const tableLeaf = 0x0d;

/** Where a rollback journal states the length of its header. */
export const sectorAt = 20;
/** A page in a journal: number, content, checksum. */
export const journalRecordBytes = 4 + pageBytes + 4;

/**
 * Opens an SQLite file with the settings of a store.
 *
 * A rollback journal rather than a write-ahead log: a damaged log loses all commits behind the
 * damage, and removed content stays in it. The cache never spills, so that a journal has one
 * header, and lists each page once.
 */
export function openDatabase(path: string, busyTimeoutMs: number): Database.Database {
  const database = new Database(path, { timeout: busyTimeoutMs });
  try {
    for (const setting of [
      `page_size = ${pageBytes}`,
      'journal_mode = TRUNCATE',
      'synchronous = FULL',
      'secure_delete = ON',
      'cache_spill = OFF',
      'temp_store = MEMORY',
    ]) {
      database.prepare(`PRAGMA ${setting}`).all();
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All rows of a query, each an array of its columns. Never select text: see `RecordFile`. */
export function queryAll(
  database: Database.Database,
  sql: string,
  ...parameters: readonly unknown[]
): unknown[][] {
  return database.prepare(sql).raw().all(parameters) as unknown[][];
}

/** Marks the file as a store of lifelens: `LLst`. */
const applicationId = 0x4c4c7374;

const tableSql =
  'CREATE TABLE records(kind TEXT NOT NULL, key TEXT NOT NULL, checksum BLOB NOT NULL, bytes BLOB NOT NULL)';

/** Creates the table of records in a new file. */
export function createTable(database: Database.Database): void {
  const [[tables] = []] = queryAll(database, 'SELECT count(*) FROM sqlite_schema');
  if (tables !== 0) return;
  const mark = `PRAGMA application_id = ${applicationId}`;
  database.exec(`BEGIN IMMEDIATE; ${mark}; ${tableSql}; COMMIT`);
}
