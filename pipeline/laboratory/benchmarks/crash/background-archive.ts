import { join } from 'node:path';
import { openRecordStore } from '../../../../operators/foundation/store/open-record-store.ts';
import { storeFile } from './damage-state.ts';

const kind = 'background';

/**
 * All background that a state has ever learned. The state itself keeps the newest 16 MiB, so that
 * a head that is learned anew from it alone lacks the older part.
 */
export class BackgroundArchive {
  readonly #records = new Map<string, Uint8Array>();

  /** Takes what is new in the state in a folder that no program has open. */
  async collect(folder: string): Promise<void> {
    const store = await openRecordStore(join(folder, storeFile));
    try {
      for (const { key, bytes } of await store.list(kind)) this.#records.set(key, bytes);
    } finally {
      await store.close();
    }
  }

  /** Puts everything into the state in a folder; resolves with how many records it lacked. */
  async restore(folder: string): Promise<number> {
    const store = await openRecordStore(join(folder, storeFile));
    try {
      const kept = new Set((await store.list(kind)).map(({ key }) => key));
      const missing = [...this.#records].filter(([key]) => !kept.has(key));
      await store.commit(missing.map(([key, bytes]) => ({ put: { kind, key, bytes } })));
      return missing.length;
    } finally {
      await store.close();
    }
  }
}
