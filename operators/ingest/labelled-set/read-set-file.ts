import { readFile } from 'node:fs/promises';
import { SetError } from './set-error.ts';

/** Reads a text file of a set, without a byte order mark; rejects with a {@link SetError}. */
export async function readSetFile(path: string, expected: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing ? 'there is no such file' : 'it can not be read';
    throw new SetError('not-found', path, `expected ${expected}, but ${why}`, { cause });
  }
}
