import type { Database } from 'libsql';
import { existsSync, readFileSync } from 'node:fs';
import { journalRecordBytes, queryAll, sectorAt, tableLeaf } from './database.ts';

/** Pages of rows among those with the given numbers; most changed pages continue a row. */
const leavesOf = `SELECT pgno, data FROM json_each(?) JOIN sqlite_dbpage ON pgno = value
  WHERE substr(data, 1, 1) = x'${tableLeaf.toString(16).padStart(2, '0')}'`;
/** 4 MiB of content. */
const pagesPerQuery = 1024;

/**
 * Zeroes the unused parts of the table pages that the current transaction has changed.
 *
 * SQLite zeroes what it deletes (`secure_delete`), but when it moves rows to another page, it
 * leaves their copies in the unused part of the old one. When such a row is removed later, the copy
 * would stay. The journal lists the changed pages; those behind `pagesBefore` are new.
 */
export function wipeGaps(database: Database, journalPath: string, pagesBefore: number): void {
  const pages = Number(queryAll(database, 'PRAGMA page_count')[0]?.[0]);
  const changed = [...changedPages(journalPath, pagesBefore, pages)];
  const write = database.prepare('UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?');
  for (let start = 0; start < changed.length; start += pagesPerQuery) {
    const numbers = JSON.stringify(changed.slice(start, start + pagesPerQuery));
    for (const [number, data] of queryAll(database, leavesOf, numbers)) {
      if (data instanceof Uint8Array && wipe(data)) write.run([data, number]);
    }
  }
}

function* changedPages(journalPath: string, before: number, after: number): Generator<number> {
  // There is none before the first change.
  const journal = existsSync(journalPath) ? readFileSync(journalPath) : Buffer.alloc(0);
  if (journal.length > sectorAt + 4) {
    const first = journal.readUInt32BE(sectorAt);
    const last = journal.length - journalRecordBytes;
    for (let at = first; at <= last; at += journalRecordBytes) {
      const number = journal.readUInt32BE(at);
      if (number > 1 && number <= after) yield number;
    }
  }
  for (let number = Math.max(before, 1) + 1; number <= after; number++) yield number;
}

/** Zeroes the gap between a page's cell pointers and its cells; false if it is zero already. */
function wipe(page: Uint8Array): boolean {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const cells = view.getUint16(3);
  // 65536 would be written as 0, which no page of 4096 bytes needs.
  const gap = page.subarray(8 + 2 * cells, view.getUint16(5));
  if (gap.every((byte) => byte === 0)) return false;
  gap.fill(0);
  return true;
}
