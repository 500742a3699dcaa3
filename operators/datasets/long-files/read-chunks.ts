import { open, type FileHandle } from 'node:fs/promises';
import { DatasetError } from '../dataset-error.ts';

const chunkBytes = 1024 * 1024;

/**
 * Reads a file of any length; `take` gets one chunk after the other, each of which is overwritten
 * by the next. Rejects with a {@link DatasetError} without such a file, and with what `take`
 * throws.
 *
 * @param expected What the file is, for messages: `a COCO JSON file`.
 */
export async function readChunks(
  path: string,
  expected: string,
  signal: AbortSignal | undefined,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const file = await openFile(path, expected);
  try {
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      signal?.throwIfAborted();
      const bytes = await readInto(buffer, file, path, expected);
      if (bytes === 0) return;
      take(buffer.subarray(0, bytes));
    }
  } finally {
    await file.close();
  }
}

async function openFile(path: string, expected: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw unreadable(path, expected, cause);
  }
}

async function readInto(
  buffer: Buffer,
  file: FileHandle,
  path: string,
  expected: string,
): Promise<number> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (cause) {
    // A folder can be opened, but not read.
    throw unreadable(path, expected, cause);
  }
}

function unreadable(path: string, expected: string, cause: unknown): DatasetError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const why = missing ? 'there is no such file' : 'it cannot be read';
  return new DatasetError('not-found', path, `expected ${expected}, but ${why}`, { cause });
}
