import { journalRecordBytes, pageBytes, sectorAt } from '../file/database.ts';

/** Lengths of a journal's header; it fills a sector. */
const sectors = [512, 4096];

/** A page as it was before a transaction. */
export interface JournalPage {
  readonly number: number;
  readonly data: Uint8Array;
}

/**
 * The pages in a rollback journal of one header, with whatever checksum: the rows in them have
 * their own. A header that does not say its length is tried with each that there is.
 */
export function journalPages(journal: Buffer): JournalPage[] {
  const stated = journal.length >= sectorAt + 4 ? journal.readUInt32BE(sectorAt) : 0;
  const starts = sectors.includes(stated) ? [stated] : sectors;
  return starts.flatMap((start) => pagesFrom(journal, start));
}

function pagesFrom(journal: Buffer, start: number): JournalPage[] {
  const pages: JournalPage[] = [];
  for (let at = start; at + 4 + pageBytes <= journal.length; at += journalRecordBytes) {
    const data = journal.subarray(at + 4, at + 4 + pageBytes);
    pages.push({ number: journal.readUInt32BE(at), data });
  }
  return pages;
}
