import type { Head } from '../../detect/heads/head.ts';
import { HeadHistory, type HeldHead } from '../head-history.ts';
import type { HeadStore } from './head-store.ts';
import { StateError } from '../../foundation/files/state-error.ts';

/**
 * Restores the head history of the previous run; a history of `first` alone for an empty store.
 *
 * Rejects with a {@link StateError} if the active head can't be loaded. A damaged older head is
 * skipped and reported to `onDamaged`: rolling back to it is no longer possible.
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
  // Rejects with the name of the missing file, which the history's own error lacks.
  if (activeVersion !== first.version && !versions.includes(activeVersion)) {
    await store.load(activeVersion);
  }
  return new HeadHistory(first, {
    held,
    activeVersion,
    newestVersion: versions.at(-1) ?? first.version,
    // The history holds the first head in addition to the stored ones.
    keep: Math.max(3, store.keep + 1),
  });
}
