import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { codeOf } from '../../errors/code-of.ts';
import { firstLine } from '../../errors/message-of.ts';
import { StateError } from '../../files/state-error.ts';
import { firstPageProblem } from './first-page.ts';
import { DamagedFile } from './damaged-file.ts';
import { keptBytesMax, RecordFile } from './record-file.ts';
import { journalPages, type JournalPage } from '../salvage/journal-pages.ts';
import { rebuild } from '../salvage/rebuild.ts';
import { journalRows } from '../salvage/salvage-rows.ts';

/** How long a program waits for another one that copies the file. */
const busyTimeoutMs = 60_000;

/** An open file, and one line for each thing that was set aside. */
export interface OpenedFile {
  readonly file: RecordFile;
  readonly damage: readonly string[];
}

/**
 * Opens the file of a store, or creates it. Whatever is damaged, a file with all intact records is
 * opened: the damaged one is set aside, and its intact rows are written to a new one.
 *
 * Throws what the system or SQLite throws if the file can't be read or written.
 */
export function openRecordFile(path: string): OpenedFile {
  // Only files of another journal mode have these; they would be applied to this one.
  for (const stray of ['-wal', '-shm']) rmSync(path + stray, { force: true });
  const journal = readJournal(path);
  if (journal.length === 0) return openOrSalvage(path, path, []);
  // SQLite is about to apply the journal. If that is damaged, it does harm.
  const before = `${path}.${randomUUID()}.tmp`;
  try {
    if (existsSync(path)) copyFileSync(path, before);
    return openOrSalvage(path, before, journal);
  } finally {
    rmSync(before, { force: true });
  }
}

function readJournal(path: string): JournalPage[] {
  const journal = `${path}-journal`;
  return existsSync(journal) ? journalPages(readFileSync(journal)) : [];
}

/** Opens `path`; if it is damaged, makes it anew of the rows in `source` and `journal`. */
function openOrSalvage(path: string, source: string, journal: readonly JournalPage[]): OpenedFile {
  try {
    return { file: openIntact(path, journal), damage: [] };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const line = rebuild(path, source, journal, firstLine(error));
    return { file: new RecordFile(path, busyTimeoutMs, keptBytesMax), damage: [line] };
  }
}

function openIntact(path: string, journal: readonly JournalPage[]): RecordFile {
  assertFirstPage(path);
  if (!existsSync(path) && journal.length > 0) throw new DamagedFile('it is missing');
  const file = new RecordFile(path, busyTimeoutMs, keptBytesMax);
  try {
    file.checkStructure();
    // A damaged journal may have changed it.
    if (journal.length > 0) assertFirstPage(path);
    // What the journal contains is what was committed last.
    for (const row of journalRows(path, journal)) {
      const found = row && file.get(row.kind, row.key);
      if (row && (!found || Buffer.compare(found, row.bytes) !== 0)) {
        throw new DamagedFile('its journal was not applied completely');
      }
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function assertFirstPage(path: string): void {
  const problem = firstPageProblem(path);
  if (problem !== null) throw new DamagedFile(problem);
}

/** False for errors that salvage would meet as well, such as a full disk. */
function isDamage(error: unknown): boolean {
  if (error instanceof StateError) return false;
  const code = codeOf(error, '');
  if (code === '') return error instanceof DamagedFile;
  return !/^(E[A-Z]+|SQLITE_(BUSY|FULL|CANTOPEN|PERM|AUTH|NOMEM|READONLY|IOERR).*)$/.test(code);
}
