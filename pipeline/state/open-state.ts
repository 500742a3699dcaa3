import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import { removeDamagedCopies } from '../../operators/foundation/store/salvage/set-aside.ts';
import { openRecordStore } from '../../operators/foundation/store/open-record-store.ts';
import type { RecordStore } from '../../operators/foundation/store/record-store.ts';
import { createMemory } from '../../operators/remember/create-memory.ts';
import type { Config } from '../configuration/config.ts';
import type { Log } from '../log.ts';
import { DurableIds } from './durable-ids.ts';
import { migrateOldState, removeMigratedCopies } from './migration/migrate-old-state.ts';
import { putJson } from './record-kinds.ts';
import { restoreState } from './restore/restore-state.ts';
import { State } from './state.ts';
import { storePath } from './store-path.ts';
import { storingNothing } from './storing-nothing.ts';

/**
 * Opens the state folder `dir`, creating it if necessary, or a state in memory for null. Until
 * `close`, no other program can open it.
 *
 * A state of an older version is taken over once; its files are kept beside. Whatever is damaged is
 * set aside and logged, and the rest is used. Rejects with a `StateError` where the folder cannot
 * be used or another program uses it.
 */
export async function openState(
  dir: string | null,
  { swap, remember, seed }: Pick<Config, 'swap' | 'remember' | 'seed'>,
  log: Pick<Log, 'warn' | 'info'>,
): Promise<State> {
  const store = dir === null ? storingNothing : await openStore(dir, log);
  try {
    let state: State | null = null;
    const memory = createMemory(remember.policy, remember.bytesMax, seededRandom(seed), (change) =>
      state?.noteMemory(change),
    );
    const restored = await restoreState(store, {
      memory,
      keep: swap.keepVersions,
      onDamaged: (line) => log.warn(line),
    });
    const ids = new DurableIds(restored.marks, (marks) =>
      store.commit([putJson('state', 'ids', marks)]),
    );
    await ids.reserve();
    const removeCopies = async (): Promise<void> => {
      if (dir !== null) await removeMigratedCopies(dir);
      if (dir !== null) removeDamagedCopies(storePath(dir));
    };
    state = new State({ ...restored, store, memory, ids, removeCopies });
    return state;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openStore(dir: string, log: Pick<Log, 'warn' | 'info'>): Promise<RecordStore> {
  const store = await openRecordStore(storePath(dir));
  for (const line of store.damage) log.warn(line);
  try {
    await migrateOldState(dir, store, log);
  } catch (error) {
    log.warn(`the state of an older version in ${dir} is left as it is: ${messageOf(error)}`);
  }
  return store;
}
