import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DatasetError, reasonOf } from './dataset-error.ts';
import type { Dataset } from './dataset.ts';

const tracksSchema = z.record(z.string(), z.union([z.string(), z.number()]));

/**
 * Names the track of every picture of a set: `file` is a JSON object from picture ids to names or
 * numbers. Entries of other pictures are allowed, so that parts of a set can share a file.
 *
 * Rejects with a `DatasetError` for a file that cannot be read or is no such object, and for a
 * picture that it does not name, since each of those would count as independent of all others.
 */
export async function withTracks(set: Dataset, file: string): Promise<Dataset> {
  const tracks = await readTracks(file);
  const images = set.images.map((image) => {
    const track = tracks.get(image.id);
    if (track === undefined) {
      throw new DatasetError('bad-file', file, `expected a track of picture "${image.id}"`);
    }
    return { ...image, track };
  });
  return { ...set, images };
}

async function readTracks(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DatasetError('not-found', file, reasonOf(cause), { cause });
  });
  const result = tracksSchema.safeParse(parse(text, file));
  if (!result.success) {
    const expected = 'expected an object from picture ids to names or numbers of tracks';
    throw new DatasetError('bad-file', file, expected);
  }
  return new Map(Object.entries(result.data).map(([id, track]) => [id, String(track)]));
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DatasetError('bad-file', file, `not JSON: ${reasonOf(cause)}`, { cause });
  }
}
