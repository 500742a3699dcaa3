import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { SetError } from './set-error.ts';

/** Reads a text file of a set, without a byte order mark; rejects with a {@link SetError}. */
export async function readSetFile(path: string, expected: string): Promise<string> {
  const bytes = await readSetBytes(path, expected);
  // Read loosely, whatever is no UTF-8 becomes one and the same sign, and two classes one.
  if (!isUtf8(bytes)) {
    const line = lineThatIsNoUtf8(bytes);
    throw new SetError('bad-file', path, `line ${line}: expected ${expected} in UTF-8`);
  }
  return new TextDecoder().decode(bytes);
}

/** The bytes of a file of a set; rejects with a {@link SetError}. */
export async function readSetBytes(path: string, expected: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing ? 'there is no such file' : 'it can not be read';
    throw new SetError('not-found', path, `expected ${expected}, but ${why}`, { cause });
  }
}

/** The first such line, counted from 1. */
function lineThatIsNoUtf8(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    line++;
    start = end + 1;
  }
}
