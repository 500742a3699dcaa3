import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../errors/code-of.ts';
import { messageOf } from '../../errors/message-of.ts';
import { StateError } from '../../files/state-error.ts';
import { whyUnwritable } from '../../files/why-unwritable.ts';
import { RecordFile } from './record-file.ts';
import type { StoredRecord } from '../stored-record.ts';

/** Writes records as a new file that can be opened as a store. */
export function writeRecordFile(path: string, records: readonly StoredRecord[]): Promise<void> {
  return publishNewFile(path, (temporary) => {
    const file = new RecordFile(temporary);
    try {
      file.commit(records.map((put) => ({ put })));
    } finally {
      file.close();
    }
  });
}

/**
 * Makes a new file at `path` out of the one that `write` writes at a temporary path beside it,
 * durably. Rejects with a {@link StateError} `unwritable`, also if the file exists already.
 */
export async function publishNewFile(
  path: string,
  write: (temporary: string) => void | Promise<void>,
): Promise<void> {
  // The name is fresh, because SQLite would append to a leftover file.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    if (existsSync(path)) throw Object.assign(new Error(), { code: 'EEXIST' });
    // SQLite does not say why it can't create a file.
    await writeFile(temporary, '', { flag: 'wx' });
    await write(temporary);
    await flush(temporary);
    // Unlike a rename, a link never replaces a file.
    await link(temporary, path);
    await flush(dirname(path)).catch(() => undefined);
  } catch (cause) {
    if (cause instanceof StateError) throw cause;
    throw new StateError('unwritable', path, `${path} can't be written: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    for (const file of [temporary, `${temporary}-journal`]) {
      await rm(file, { force: true }).catch(() => undefined);
    }
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function reasonOf(cause: unknown): string {
  return codeOf(cause, '') === '' ? messageOf(cause) : whyUnwritable(cause);
}
