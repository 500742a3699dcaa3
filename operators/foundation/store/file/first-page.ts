import { closeSync, openSync, readSync } from 'node:fs';
import { createTable, openDatabase, pageBytes, queryAll } from './database.ts';

/**
 * Parts of the first page that are the same in every store, as [start, end): format, text
 * encoding, modes, mark and the definition of the table. Between them are counters.
 * Source: https://www.sqlite.org/fileformat2.html#the_database_header
 */
const fixedParts = [
  [0, 24],
  [44, 48],
  [52, 60],
  [64, 92],
  [100, pageBytes],
] as const;

let expectedPage: Uint8Array | undefined;

/**
 * What is wrong with the first page of a file; null if nothing is, or the file is empty or missing.
 * SQLite does not notice each change of it, and some would make it read everything else wrongly.
 */
export function firstPageProblem(path: string): string | null {
  const page = readFirstPage(path);
  if (page === null || page.byteLength === 0) return null;
  if (page.byteLength < pageBytes) return 'it is cut short';
  expectedPage ??= makeFirstPage();
  for (const [start, end] of fixedParts) {
    const isSame =
      Buffer.compare(page.subarray(start, end), expectedPage.subarray(start, end)) === 0;
    if (!isSame) return 'its first page is not that of a store';
  }
  return null;
}

function readFirstPage(path: string): Uint8Array | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const page = new Uint8Array(pageBytes);
    return page.subarray(0, readSync(file, page));
  } finally {
    closeSync(file);
  }
}

function makeFirstPage(): Uint8Array {
  const database = openDatabase(':memory:', 0);
  try {
    createTable(database);
    const [[data] = []] = queryAll(database, 'SELECT data FROM sqlite_dbpage WHERE pgno = 1');
    if (!(data instanceof Uint8Array)) throw new Error('a new store has no first page');
    return data;
  } finally {
    database.close();
  }
}
