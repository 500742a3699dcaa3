import { stat } from 'node:fs/promises';

/** Whether a path leads to a file, also through links; false where it leads nowhere. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

/** Whether a path leads to a folder, also through links; false where it leads nowhere. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
