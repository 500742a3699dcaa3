import { realpath } from 'node:fs/promises';
import { extname, join, parse, relative, resolve, sep } from 'node:path';
import { isFile, isFolder } from '../../foundation/files/kind-of-path.ts';
import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import { isPictureName } from '../../ingest/pictures/picture-name.ts';
import { listFolder } from '../picture-files.ts';
import { readDatasetBytes } from '../read-dataset-file.ts';
import { DatasetError } from '../dataset-error.ts';
import { areShares } from './label-lines.ts';

/** Maximum nesting of folders. */
export const yoloDepthMax = 8;

/** A picture of a YOLO dataset and its label file. */
export interface YoloPicture {
  readonly path: string;
  /** Path of the label file; null if there is none. */
  readonly labels: string | null;
}

/** The files of a YOLO dataset, including those in a label folder elsewhere. */
export interface YoloFiles {
  /** Sorted; at least one. */
  readonly pictures: readonly string[];
  /** All `.txt` files: labels, lists and notes. */
  readonly texts: readonly string[];
}

/** Lists the files of a dataset; rejects with a {@link DatasetError} without any pictures. */
export async function listYoloFiles(folder: string): Promise<YoloFiles> {
  const files = await filesBelow(folder);
  const pictures = files.filter((path) => isPictureName(path)).sort(codeUnitOrder);
  if (pictures.length === 0)
    throw new DatasetError('empty', folder, 'expected pictures, found none');
  const labels = labelFolderOf(folder);
  const others = labels !== null && (await isFolder(labels)) ? await filesBelow(labels) : [];
  return { pictures, texts: [...files, ...others].filter((path) => extname(path) === '.txt') };
}

/**
 * Pairs the chosen pictures, some of which may be elsewhere, with label files. Rejects with a
 * {@link DatasetError} when none of them has labels, or a label file of the folder has no picture.
 */
export async function pairLabels(
  folder: string,
  { pictures, texts }: YoloFiles,
  chosen: readonly string[] = pictures,
): Promise<readonly YoloPicture[]> {
  const unpaired = new Set(texts);
  const listed = new Set(pictures);
  const pairs: YoloPicture[] = [];
  const pictureOf = new Map<string, string>();
  for (const path of chosen) {
    let labels = labelPaths(folder, path).find((each) => unpaired.has(each)) ?? null;
    if (labels === null && !listed.has(path)) labels = await firstFile(labelPaths(folder, path));
    const other = labels === null ? undefined : pictureOf.get(labels);
    if (other !== undefined) {
      const message = `expected one picture for these labels, found ${other} and ${path}`;
      throw new DatasetError('bad-file', labels!, message);
    }
    if (labels !== null) pictureOf.set(labels, path);
    pairs.push({ path, labels });
  }
  if (pairs.every(({ labels }) => labels === null)) {
    const places = labelPaths(folder, chosen[0]!).join(' or ');
    throw new DatasetError('empty', folder, `expected labels such as ${places}`);
  }
  for (const labels of pictures.flatMap((path) => labelPaths(folder, path)))
    unpaired.delete(labels);
  for (const path of unpaired) await assertNoLabels(path);
  return pairs;
}

/** The counterpart in `labels/` of a folder in `images/`; null for other folders. */
export function labelFolderOf(folder: string): string | null {
  return replaceLast(resolve(folder), 'images', 'labels');
}

/** All files below a folder. Follows links, except for those back to a folder in `parents`. */
export async function filesBelow(
  folder: string,
  parents: readonly string[] = [],
): Promise<string[]> {
  const entries = await listFolder(folder);
  const real = await realpath(folder);
  if (parents.includes(real)) return [];
  if (parents.length > yoloDepthMax) {
    throw new DatasetError('bad-file', folder, `expected folders at most ${yoloDepthMax} deep`);
  }
  const found: (string | readonly string[])[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isInner = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path)));
    found.push(isInner ? await filesBelow(path, [...parents, real]) : path);
  }
  return found.flat();
}

/** The possible paths of a picture's label file, the most likely first. */
function labelPaths(folder: string, picture: string): readonly string[] {
  const { dir, name } = parse(relative(folder, picture));
  const inside = replaceLast(dir, 'images', 'labels');
  const outside = inside === null ? labelFolderOf(folder) : null;
  return [
    ...(inside === null ? [] : [join(folder, inside, `${name}.txt`)]),
    ...(outside === null ? [] : [join(outside, dir, `${name}.txt`)]),
    join(folder, dir, `${name}.txt`),
  ];
}

/** Throws if a text file without a picture contains labels, unlike notes and lists of names. */
async function assertNoLabels(path: string): Promise<void> {
  const text = new TextDecoder('latin1').decode(await readDatasetBytes(path, 'labels'));
  const isLabel = (line: string): boolean => {
    const [index, ...coordinates] = line.trim().split(/\s+/).map(Number);
    // Those behind the first four may be track ids.
    return Number.isInteger(index) && coordinates.length >= 4 && areShares(coordinates.slice(0, 4));
  };
  if (!text.split('\n').some(isLabel)) return;
  const { dir, name } = parse(path);
  const where = replaceLast(dir, 'labels', 'images') ?? dir;
  throw new DatasetError('not-found', path, `expected a picture named ${name} in ${where}`);
}

/** The path with its last folder called `from` replaced by `to`; null without such a folder. */
function replaceLast(path: string, from: string, to: string): string | null {
  const parts = path.split(sep);
  const at = parts.lastIndexOf(from);
  return at < 0 ? null : parts.with(at, to).join(sep);
}

async function firstFile(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    if (await isFile(path)) return path;
  }
  return null;
}
