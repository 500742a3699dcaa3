import { FolderLock } from '../../operators/foundation/store/lock/folder-lock.ts';

/**
 * Locks a state folder, which is created if necessary, and resolves with the function that releases
 * it. The end of the process releases it too. Rejects as {@link FolderLock.take} throws.
 */
export async function lockState(stateDir: string): Promise<() => Promise<void>> {
  const lock = FolderLock.take(stateDir);
  return async () => lock.release();
}
