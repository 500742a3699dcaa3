import { codeOf } from '../errors/code-of.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'the disk is full',
  EEXIST: 'it exists already',
  EFBIG: 'it is larger than the system allows',
  SQLITE_FULL: 'the disk is full',
  SQLITE_READONLY: 'the file is read-only',
};

/** Why the system refused to write a file, as a phrase for a message. */
export function whyUnwritable(error: unknown): string {
  const code = codeOf(error);
  return reasons[code] ?? code;
}
