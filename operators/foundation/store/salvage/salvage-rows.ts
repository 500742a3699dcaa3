import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { pageBytes } from '../file/database.ts';
import { verifyRow } from '../file/record-row.ts';
import type { StoredRecord } from '../stored-record.ts';
import type { JournalPage } from './journal-pages.ts';
import { columnsOf, contentOf, leafCells, type LeafCell, type ReadPage } from './leaf-cells.ts';

/** Pages read at once. */
const chunkPages = 1024;

/**
 * Finds every intact row in a damaged store, page by page, whatever the structure above the pages
 * says: first in the journal, which has the pages as they were before an interrupted transaction,
 * then in the file. A row may be found more than once. Null stands for a row that is not intact.
 *
 * The file may be missing; a file that is cut in a page counts up to the cut.
 */
export function* salvageRows(
  path: string,
  journal: readonly JournalPage[],
): Generator<StoredRecord | null> {
  yield* journalRows(path, journal);
  const file = openPages(path);
  try {
    const ways = [file.read];
    if (journal.length > 0) ways.push(withJournal(file, journal));
    for (const page of file.all()) {
      const cells = leafCells(page, file.count + journal.length);
      for (const cell of cells) yield rowOf(cell, ways);
    }
  } finally {
    file.close();
  }
}

/** The rows in the pages of a journal, as {@link salvageRows}. */
export function* journalRows(
  path: string,
  journal: readonly JournalPage[],
): Generator<StoredRecord | null> {
  const file = openPages(path);
  try {
    const ways = [withJournal(file, journal), file.read];
    for (const { data } of journal) {
      const cells = leafCells(data, file.count + journal.length);
      for (const cell of cells) yield rowOf(cell, ways);
    }
  } finally {
    file.close();
  }
}

function withJournal(file: Pages, journal: readonly JournalPage[]): ReadPage {
  const before = new Map(journal.map(({ number, data }) => [number, data]));
  return (number) => before.get(number) ?? file.read(number);
}

/** The row with its overflow pages read in the first way that makes its checksum right. */
function rowOf(cell: LeafCell, ways: readonly ReadPage[]): StoredRecord | null {
  for (const read of ways) {
    const content = contentOf(cell, read);
    const columns = content && columnsOf(content);
    const row = columns && verifyRow(columns);
    if (row) return row;
  }
  return null;
}

/** Pages of a file, numbered from 1. */
interface Pages {
  readonly count: number;
  readonly read: ReadPage;
  all(): Generator<Uint8Array>;
  close(): void;
}

function openPages(path: string): Pages {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    const none = { count: 0, read: () => null, close: () => undefined };
    return { ...none, *all() {} };
  }
  const { size } = fstatSync(file);
  const count = Math.ceil(size / pageBytes);
  const readAt = (number: number, pages: number): Uint8Array => {
    const bytes = new Uint8Array(pages * pageBytes);
    const length = readSync(file, bytes, 0, bytes.length, (number - 1) * pageBytes);
    return bytes.subarray(0, length);
  };
  return {
    count,
    read: (number) => (number >= 1 && number <= count ? readAt(number, 1) : null),
    *all() {
      for (let number = 1; number <= count; number += chunkPages) {
        const chunk = readAt(number, chunkPages);
        for (let at = 0; at < chunk.length; at += pageBytes) {
          yield chunk.subarray(at, at + pageBytes);
        }
      }
    },
    close: () => closeSync(file),
  };
}
