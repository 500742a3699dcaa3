import Database from 'libsql';
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../errors/code-of.ts';
import { StateError } from '../../files/state-error.ts';
import { stateFailure } from '../../files/state-file.ts';
import { FolderLock } from '../lock/folder-lock.ts';
import { openRecordFile } from '../file/open-record-file.ts';
import { publishNewFile } from '../file/write-record-file.ts';
import { removeDamagedCopies } from '../salvage/set-aside.ts';
import { countRecords, type RecordCounts } from './record-counts.ts';

/** How long the copy waits for a commit of another program. */
const busyTimeoutMs = 10_000;

/** What a copy contains. */
export interface StoreCopy {
  readonly counts: RecordCounts;
  /** One line for each damage of the store; the copy has all that is intact. */
  readonly damage: readonly string[];
}

/**
 * Copies the store at `path` to a new file, also while another program uses it, whose commits wait
 * meanwhile. Changes nothing in the folder of the store.
 *
 * Rejects with a {@link StateError}: `missing`, `unreadable`, `unwritable` for the new file, also
 * if it exists.
 */
export async function backUpStore(path: string, target: string): Promise<StoreCopy> {
  try {
    statSync(path);
  } catch (cause) {
    throw stateFailure('read', path, cause);
  }
  let copy: StoreCopy | undefined;
  await publishNewFile(target, (temporary) => {
    copyStore(path, temporary);
    const { file, damage } = openRecordFile(temporary);
    copy = { counts: countRecords(file), damage: damage.length > 0 ? [`${path} is damaged`] : [] };
    file.close();
    removeDamagedCopies(temporary);
  });
  return copy!;
}

/** Copies the file, and its journal if a commit was interrupted, while nobody changes them. */
function copyStore(path: string, target: string): void {
  const release = keepWriterOut(path);
  try {
    // The journal first: closing the copied file ends this process's lock on it.
    if (existsSync(`${path}-journal`)) copyFileSync(`${path}-journal`, `${target}-journal`);
    copyFileSync(path, target);
  } finally {
    release();
  }
}

/** Keeps others from writing, and returns the function that lets them again. */
function keepWriterOut(path: string): () => void {
  try {
    const lock = FolderLock.take(dirname(path));
    return () => lock.release();
  } catch (error) {
    // Nobody writes in a folder that can't be written to.
    if (!(error instanceof StateError) || error.code !== 'in-use') return () => undefined;
  }
  const database = new Database(path, { timeout: busyTimeoutMs });
  try {
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').raw().all();
  } catch (cause) {
    database.close();
    if (codeOf(cause) !== 'SQLITE_BUSY') return () => undefined;
    throw new StateError('unreadable', path, `${path} is being written for too long`, { cause });
  }
  return () => {
    database.exec('COMMIT');
    database.close();
  };
}
