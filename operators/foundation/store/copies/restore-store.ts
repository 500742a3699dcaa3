import { copyFileSync, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StateError } from '../../files/state-error.ts';
import { stateFailure } from '../../files/state-file.ts';
import { openRecordFile } from '../file/open-record-file.ts';
import { publishNewFile } from '../file/write-record-file.ts';
import { FolderLock } from '../lock/folder-lock.ts';
import { removeDamagedCopies } from '../salvage/set-aside.ts';
import { countRecords, type RecordCounts } from './record-counts.ts';

/** Files of a state of version 0.1. */
const earlierState = ['memory.bin', 'learner.bin', 'heads'];

/**
 * Makes a backup the store at `path`, whose folder is created if necessary. The backup stays.
 *
 * Rejects with a {@link StateError}: `missing` or `unreadable` for the backup, `corrupt` unless
 * all of it is intact, `in-use` while a program uses the folder, `unwritable` if the folder has a
 * state already.
 */
export async function restoreStore(backup: string, path: string): Promise<RecordCounts> {
  assertReadable(backup);
  const folder = dirname(path);
  const lock = FolderLock.take(folder);
  try {
    const earlier = earlierState.map((name) => join(folder, name));
    const found = [path, ...earlier].find((file) => existsSync(file));
    if (found !== undefined) {
      const message = `${folder} has a state already: ${found} exists`;
      throw new StateError('unwritable', folder, message);
    }
    let counts: RecordCounts = new Map();
    await publishNewFile(path, (temporary) => {
      copyFileSync(backup, temporary);
      const { file, damage } = openRecordFile(temporary);
      counts = countRecords(file);
      file.close();
      removeDamagedCopies(temporary);
      if (damage.length > 0) throw new StateError('corrupt', backup, `${backup} is damaged`);
    });
    return counts;
  } finally {
    lock.release();
  }
}

function assertReadable(backup: string): void {
  let size: number;
  try {
    ({ size } = statSync(backup));
  } catch (cause) {
    throw stateFailure('read', backup, cause);
  }
  // SQLite makes a new store of an empty file.
  if (size === 0) throw new StateError('corrupt', backup, `${backup} is empty`);
}
