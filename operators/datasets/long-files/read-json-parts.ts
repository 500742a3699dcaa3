import { DatasetError, reasonOf } from '../dataset-error.ts';
import { readChunks } from './read-chunks.ts';
import { JsonSplitter, type JsonParts } from './json-splitter.ts';

/** Most bytes of one entry, which is held in memory as a whole. */
export const entryBytesMax = 64 * 1024 * 1024;

/**
 * Reads a JSON file of any length part by part. Rejects with a {@link DatasetError} that names the
 * place, as in `annotations.17`, and with what `parts` throws.
 *
 * @param expected What the file is, for messages: `a COCO JSON file`.
 */
export async function readJsonParts(
  path: string,
  expected: string,
  parts: JsonParts,
  signal?: AbortSignal,
): Promise<void> {
  const splitter = new JsonSplitter(parts, entryBytesMax);
  try {
    await readChunks(path, expected, signal, (chunk) => splitter.write(chunk));
    splitter.end();
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const reason = `${splitter.place}: expected JSON: ${reasonOf(cause)}`;
    throw new DatasetError('bad-file', path, reason, { cause });
  }
}
