import type { Head } from '../../detect/heads/head.ts';
import { HeadHistory, type HeldHead } from '../head-history.ts';
import type { HeadStore } from './head-store.ts';
import { StateError } from '../../foundation/files/state-error.ts';

/**
 * The line of heads as it stood when the program last ended; a line of `first` alone for an
 * empty store.
 *
 * Rejects with a {@link StateError} where the active head can't be loaded. An older head that
 * is damaged is left out and told to `onDamaged`: it only can't be rolled back to any more.
 */
export async function restoreHeadHistory(
  store: HeadStore,
  first: Head,
  onDamaged: (error: StateError) => void,
): Promise<HeadHistory> {
  const versions = await store.list();
  const activeVersion = (await store.activeVersion()) ?? first.version;
  const held: HeldHead[] = [];
  for (const version of versions) {
    try {
      const { head, parent } = await store.load(version);
      held.push({ head, parent });
    } catch (error) {
      if (!(error instanceof StateError) || version === activeVersion) throw error;
      onDamaged(error);
    }
  }
  // Says which file is missing, where the line could only say which version.
  if (activeVersion !== first.version && !versions.includes(activeVersion)) {
    await store.load(activeVersion);
  }
  return new HeadHistory(first, {
    held,
    activeVersion,
    newestVersion: versions.at(-1) ?? first.version,
    // The first head comes in besides what the store keeps.
    keep: Math.max(3, store.keep + 1),
  });
}
