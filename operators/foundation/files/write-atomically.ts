import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file whole or not at all, also when the power fails: writes beside it, flushes,
 * renames, flushes the folder. On failure nothing stays beside it and the error is the system's.
 */
export async function writeAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(beside, 'w', 0o644);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
  // The rename itself lives in the folder. Windows opens no folders, and has nothing to flush here.
  const folder = await open(dirname(path), 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}
