import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { DatasetError } from './dataset-error.ts';

/**
 * Reads a UTF-8 file of a dataset, without its byte order mark. Rejects with a {@link DatasetError}
 * that names the `expected` contents.
 */
export async function readDatasetText(path: string, expected: string): Promise<string> {
  const bytes = await readDatasetBytes(path, expected);
  // Replacement characters would merge different class names into one.
  if (!isUtf8(bytes)) {
    const line = firstInvalidLine(bytes);
    throw new DatasetError('bad-file', path, `line ${line}: expected ${expected} in UTF-8`);
  }
  return new TextDecoder().decode(bytes);
}

/** Reads a file of a dataset; rejects with a {@link DatasetError}. */
export async function readDatasetBytes(path: string, expected: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing ? 'there is no such file' : 'it cannot be read';
    throw new DatasetError('not-found', path, `expected ${expected}, but ${why}`, { cause });
  }
}

/** Number of the first line that is not in UTF-8, from 1. */
function firstInvalidLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    line++;
    start = end + 1;
  }
}
