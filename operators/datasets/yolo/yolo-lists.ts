import { dirname, isAbsolute, join, win32 } from 'node:path';
import { isFile } from '../../foundation/files/kind-of-path.ts';
import { isPictureName } from '../../ingest/pictures/picture-name.ts';
import { DatasetError } from '../dataset-error.ts';
import { readDatasetText } from '../read-dataset-file.ts';

/** Lists that some tools write beside the pictures instead of naming them in a `data.yaml`. */
const listNames = { train: ['train.txt'], val: ['val.txt', 'valid.txt'], test: ['test.txt'] };

/**
 * Reads a file of the paths of pictures, one per line, and finds the pictures. A path is taken as
 * it is, or relative to one of `bases`; where there is no such file, without its first folders,
 * since sets move between machines. Rejects with a {@link DatasetError} that names the line of a
 * picture that is missing or listed twice.
 */
export async function readPictureList(
  list: string,
  bases: readonly string[],
): Promise<readonly string[]> {
  const places = [...new Set([...bases, dirname(list)])];
  const lines = (await readDatasetText(list, 'paths of pictures')).split(/\r?\n/);
  const lineOf = new Map<string, number>();
  for (const [i, raw] of lines.entries()) {
    const entry = raw.trim();
    if (entry === '') continue;
    const fail = (code: DatasetError['code'], expected: string): DatasetError =>
      new DatasetError(code, list, `line ${i + 1}: expected ${expected}`);
    if (!isPictureName(entry)) throw fail('bad-file', `the path of a picture, found ${entry}`);
    const path = await findListed(entry, places, dirname(list));
    if (path === null) throw fail('not-found', `the picture ${entry} in ${places.join(' or ')}`);
    const earlier = lineOf.get(path);
    if (earlier !== undefined) {
      throw fail('bad-file', `every picture once, but ${path} is that of line ${earlier} too`);
    }
    lineOf.set(path, i + 1);
  }
  if (lineOf.size > 0) return [...lineOf.keys()];
  throw new DatasetError('empty', list, 'expected paths of pictures, found none');
}

/** The list of a split in a folder without a description; null if there is none. */
export async function findList(
  folder: string,
  split: keyof typeof listNames,
): Promise<string | null> {
  for (const name of listNames[split]) {
    const path = join(folder, name);
    if (!(await isFile(path))) continue;
    const lines = (await readDatasetText(path, 'paths of pictures')).split(/\r?\n/);
    const entries = lines.map((line) => line.trim()).filter((line) => line !== '');
    // Labels of a picture that is called train, for one, are no list.
    if (entries.length > 0 && entries.every((entry) => isPictureName(entry))) return path;
  }
  return null;
}

async function findListed(
  entry: string,
  places: readonly string[],
  listFolder: string,
): Promise<string | null> {
  const path = entry.replaceAll('\\', '/');
  if (isAbsolute(path) && (await isFile(path))) return join(path);
  if (path.startsWith('./') && (await isFile(join(listFolder, path))))
    return join(listFolder, path);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const isForeign = win32.isAbsolute(path);
  for (let skipped = isForeign ? 1 : 0; skipped < parts.length; skipped++) {
    for (const place of places) {
      const candidate = join(place, ...parts.slice(skipped));
      if (await isFile(candidate)) return candidate;
    }
  }
  return null;
}
