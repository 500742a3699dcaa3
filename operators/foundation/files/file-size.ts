import { stat } from 'node:fs/promises';

/**
 * Bytes of a file. Rejects where there is none, and for a folder, pipe or device: to open a pipe
 * waits until somebody writes to it.
 */
export async function fileSize(path: string): Promise<number> {
  const stats = await stat(path);
  if (!stats.isFile()) throw new Error('it is no file');
  return stats.size;
}
