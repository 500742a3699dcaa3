import Database from 'libsql';

export type { Database } from 'libsql';

/** Page size of a store's file; salvage relies on it when the header is damaged. */
export const pageBytes = 4096;

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
