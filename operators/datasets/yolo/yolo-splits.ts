import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep, win32 } from 'node:path';
import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import { isPictureName } from '../../ingest/pictures/picture-name.ts';
import { DatasetError } from '../dataset-error.ts';
import { filesBelow } from './yolo-files.ts';
import { findList, readPictureList } from './yolo-lists.ts';
import { splitNames, type SplitName, type YoloNames } from './yolo-names.ts';

/** The pictures of a set that are read. */
export interface ChosenPictures {
  /** Sorted. */
  readonly pictures: readonly string[];
  readonly warnings: readonly string[];
}

/** The set as its folder and its description give it. */
export interface YoloSet {
  /** The folder, or that of the `data.yaml`, which the user named. */
  readonly folder: string;
  readonly names: YoloNames;
  /** All pictures below the folder, sorted. */
  readonly listed: readonly string[];
}

/** The places of the pictures of one split: folders, and files of paths. */
interface Split {
  readonly name: SplitName;
  readonly folders: readonly string[];
  readonly lists: readonly string[];
}

/**
 * The pictures of one split. Warns where others of its pictures belong to another split, since an
 * evaluation on images that were trained on overestimates a head. Rejects with a
 * {@link DatasetError} where the set has no such split, or a place of it is missing.
 */
export async function picturesOfSplit(set: YoloSet, name: SplitName): Promise<ChosenPictures> {
  const { folder, names } = set;
  const splits = await splitsOf(set, name);
  const split = splits.find((each) => each.name === name);
  if (split === undefined) {
    const found = splits.map((each) => each.name).join(', ');
    throw new DatasetError(
      'not-found',
      folder,
      `expected ${name} in ${names.file}, or a list ${name}.txt, found ${found === '' ? 'no split' : found}`,
    );
  }
  const pictures = await picturesOf(split, set);
  if (pictures.length === 0) {
    throw new DatasetError('empty', folder, `expected pictures of ${name}, found none`);
  }
  const warnings: string[] = [];
  for (const other of splits) {
    if (other === split) continue;
    const others = new Set(await picturesOf(other, set));
    const shared = pictures.filter((path) => others.has(path));
    if (shared.length === 0) continue;
    warnings.push(
      `${shared.length} of ${pictures.length} pictures of ${name} are in ${other.name} too, first: ${shared[0]!}`,
    );
  }
  return { pictures, warnings };
}

/**
 * All pictures of the folder or, where lists say which ones the set has, those in a list. Warns of
 * several splits among them, and of pictures that no list has.
 */
export async function picturesOfAllSplits(set: YoloSet): Promise<ChosenPictures> {
  const { folder, names, listed } = set;
  const splits = await splitsOf(set, null);
  if (splits.every(({ lists }) => lists.length === 0)) {
    const mixed = mixedFoldersWarning(folder, listed, names);
    return { pictures: listed, warnings: mixed === null ? [] : [mixed] };
  }
  const inFolder = new Set(listed);
  const splitOf = new Map<string, SplitName>();
  const found = new Set<SplitName>();
  for (const split of splits) {
    for (const path of await picturesOf(split, set)) {
      if (!inFolder.has(path)) continue;
      found.add(split.name);
      if (!splitOf.has(path)) splitOf.set(path, split.name);
    }
  }
  if (splitOf.size === 0) {
    const where = splits.flatMap(({ lists }) => lists).join(', ');
    throw new DatasetError('empty', folder, `expected pictures that are in ${where}, found none`);
  }
  const left = listed.filter((path) => !splitOf.has(path));
  const warnings = [
    ...(left.length === 0
      ? []
      : [
          `${left.length} pictures are in no list of the set and were left out, first: ${left[0]!}`,
        ]),
    ...(found.size < 2
      ? []
      : [`${folder} contains several splits: ${[...found].join(', ')}; ${advice}`]),
  ];
  return { pictures: [...splitOf.keys()].sort(codeUnitOrder), warnings };
}

const advice = 'name the folder of one, or add #split=train, val or test, to use it alone';

/**
 * The splits that the description defines, or lists beside the pictures. Places that are missing
 * are left out, except lists of train and val, and any place of the `wanted` split.
 */
async function splitsOf(
  { folder, names }: YoloSet,
  wanted: SplitName | null,
): Promise<readonly Split[]> {
  const isDescribed = splitNames.some((name) => names.splits[name].length > 0);
  const splits: Split[] = [];
  for (const name of splitNames) {
    const [folders, lists]: [string[], string[]] = [[], []];
    if (!isDescribed) {
      const list = await findList(folder, name);
      if (list !== null) lists.push(list);
    }
    for (const entry of names.splits[name]) {
      const place = await findPlace(entry, basesOf(names));
      const isList = entry.toLowerCase().endsWith('.txt');
      if (place !== null) (place.isFolder ? folders : lists).push(place.path);
      else if (name === wanted || (isList && name !== 'test')) {
        throw new DatasetError(
          'not-found',
          names.file,
          `${name}: expected ${entry} in ${basesOf(names).join(' or ')}`,
        );
      }
    }
    if (folders.length + lists.length > 0) splits.push({ name, folders, lists });
  }
  return splits;
}

async function picturesOf({ folders, lists }: Split, set: YoloSet): Promise<string[]> {
  const { folder: root, names, listed } = set;
  const pictures = new Set<string>();
  // The same file can be named in several ways: every picture of the folder is called as there.
  const [whole, real] = [resolve(root), await realpath(root)];
  const nameOf = new Map<string, string>();
  for (const path of listed) {
    const below = relative(whole, resolve(path));
    nameOf.set(join(whole, below), path).set(join(real, below), path);
  }
  const add = (path: string): void => {
    pictures.add(nameOf.get(resolve(path)) ?? path);
  };
  for (const folder of folders) {
    for (const path of await filesBelow(folder)) if (isPictureName(path)) add(path);
  }
  for (const list of lists) {
    for (const path of await readPictureList(list, basesOf(names))) add(path);
  }
  return [...pictures].sort(codeUnitOrder);
}

/** Folders that the paths of a description may be relative to, the most likely first. */
function basesOf({ file, root }: YoloNames): readonly string[] {
  const folder = dirname(file);
  return root === null ? [folder] : [...new Set([resolve(folder, root), folder])];
}

/** A folder or file of a description: relative, elsewhere, or moved here from another machine. */
async function findPlace(
  entry: string,
  bases: readonly string[],
): Promise<{ path: string; isFolder: boolean } | null> {
  const path = entry.replaceAll('\\', '/');
  const isForeign = win32.isAbsolute(path);
  const moved = namesOf(path);
  const candidates = [
    ...(isAbsolute(path) ? [path] : []),
    ...(isForeign ? [] : bases.map((base) => join(base, path))),
    // Some tools write `../train` for a folder beside the file.
    ...bases.map((base) => join(base, ...(isForeign ? moved.slice(-2) : moved))),
  ];
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => null);
    if (found !== null) return { path: join(candidate), isFolder: found.isDirectory() };
  }
  return null;
}

/** A warning if pictures are in the folders of several splits, else null. */
function mixedFoldersWarning(
  folder: string,
  pictures: readonly string[],
  { file, splits }: YoloNames,
): string | null {
  const root = dirname(file);
  const paths = pictures.map((path) => `/${relative(root, path).split(sep).join('/')}`);
  const splitOf = new Map<string, string>();
  for (const [split, folders] of Object.entries(splits)) {
    for (const suffix of folders.map(pathSuffix)) {
      const match = paths.find((path) => path.includes(suffix));
      if (match === undefined) continue;
      const end = match.indexOf(suffix) + suffix.length - 1;
      const path = join(root, match.slice(1, end));
      if (!splitOf.has(path)) splitOf.set(path, split);
    }
  }
  if (new Set(splitOf.values()).size < 2) return null;
  const found = [...splitOf].map(([path, split]) => `${split} in ${path}`).join(', ');
  return `${folder} contains several splits of ${file}: ${found}; ${advice}`;
}

/** The part of a split's folder to search in picture paths: its base differs between datasets. */
function pathSuffix(folder: string): string {
  // Only the end of an absolute path is valid on another machine.
  const names = namesOf(folder);
  return `/${(win32.isAbsolute(folder) ? names.slice(-2) : names).join('/')}/`;
}

function namesOf(path: string): readonly string[] {
  return path.split(/[\\/]/).filter((name) => !['', '.', '..'].includes(name));
}
