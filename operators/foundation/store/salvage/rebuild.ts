import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { RecordFile } from '../file/record-file.ts';
import type { RecordChange } from '../stored-record.ts';
import type { JournalPage } from './journal-pages.ts';
import { salvageRows } from './salvage-rows.ts';
import { setAside, setJournalAside } from './set-aside.ts';

/** Salvaged records are written in transactions of about so many bytes. */
const rebuiltBytes = 16 * 2 ** 20;

/**
 * Replaces the file `path` by one of the intact rows in `source`, which is `path` or a copy of it,
 * and in its journal. Returns a line that says so.
 */
export function rebuild(
  path: string,
  source: string,
  journal: readonly JournalPage[],
  reason: string,
): string {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const { kept, damaged } = writeSalvaged(temporary, source, journal);
    const aside = existsSync(source) ? setAside(path, source) : null;
    if (aside === null) rmSync(`${path}-journal`, { force: true });
    else setJournalAside(path, aside);
    renameSync(temporary, path);
    flushFolder(dirname(path));
    const where = aside === null ? '' : `, and the damaged file is kept as ${basename(aside)}`;
    const lost = damaged === 0 ? '' : `, ${damaged} are damaged`;
    return `${path} is damaged (${reason}): ${kept} records are intact${lost}${where}`;
  } finally {
    for (const file of [temporary, `${temporary}-journal`]) rmSync(file, { force: true });
  }
}

function writeSalvaged(
  target: string,
  source: string,
  journal: readonly JournalPage[],
): { kept: number; damaged: number } {
  const file = new RecordFile(target);
  try {
    let kept = 0;
    let damaged = 0;
    let bytes = 0;
    let changes = new Map<string, RecordChange>();
    for (const row of salvageRows(source, journal)) {
      if (row === null) damaged++;
      if (row === null || file.has(row.kind, row.key)) continue;
      const id = `${row.kind}\0${row.key}`;
      if (changes.has(id)) continue;
      // Rows are views of a chunk of pages.
      changes.set(id, { put: { ...row, bytes: new Uint8Array(row.bytes) } });
      kept++;
      bytes += row.bytes.byteLength + 100;
      if (bytes < rebuiltBytes) continue;
      file.commit(changes.values());
      changes = new Map();
      bytes = 0;
    }
    file.commit(changes.values());
    return { kept, damaged };
  } finally {
    file.close();
  }
}

/** Makes a rename durable. Windows can't open folders and has nothing to flush here. */
function flushFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // As above.
  }
}
