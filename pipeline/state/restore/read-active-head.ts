import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { StateError } from '../../../operators/foundation/files/state-error.ts';
import { backUpStore } from '../../../operators/foundation/store/copies/back-up-store.ts';
import { openRecordStore } from '../../../operators/foundation/store/open-record-store.ts';
import type { Log } from '../../log.ts';
import { readOldActiveHead } from '../migration/migrate-old-state.ts';
import { restoreHeads } from './restore-heads.ts';
import { storePath } from '../store-path.ts';

/**
 * The active head of a state folder, which another program may be writing to: it is read from a
 * copy of the store. Changes nothing in the folder. Rejects with a `StateError`.
 */
export async function readActiveHead(dir: string, log: Pick<Log, 'warn'>): Promise<Head> {
  const onDamaged = (line: string): void => log.warn(line);
  const folder = await mkdtemp(join(tmpdir(), 'lifelens-state-'));
  try {
    const copied = await backUpStore(storePath(dir), storePath(folder)).catch((error: unknown) => {
      if (error instanceof StateError && error.code === 'missing') return null;
      throw error;
    });
    if (copied === null) return (await readOldActiveHead(dir, onDamaged)) ?? emptyHead();
    copied.damage.forEach(onDamaged);
    const store = await openRecordStore(storePath(folder));
    try {
      const { heads } = await restoreHeads(store, { keep: Number.MAX_SAFE_INTEGER, onDamaged });
      return heads.active;
    } finally {
      await store.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
