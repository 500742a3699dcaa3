import { realpath, stat } from 'node:fs/promises';
import { extname, join, parse, relative, resolve, sep } from 'node:path';
import { compareNames, isPicture, list } from '../picture-files.ts';
import { readSetBytes } from '../read-set-file.ts';
import { SetError } from '../set-error.ts';

/** Folders below folders that are still looked into. */
const depthMax = 8;

/** A picture of a YOLO set and its labels. */
export interface YoloPicture {
  readonly path: string;
  /** The file of its labels; null where there is none. */
  readonly labels: string | null;
}

/** What lies in a YOLO set's folder, and in the folder of its labels where that is another one. */
export interface YoloFiles {
  /** In order; at least one. */
  readonly pictures: readonly string[];
  readonly texts: readonly string[];
}

/** Rejects with a {@link SetError} where there are no pictures. */
export async function listYoloFiles(folder: string): Promise<YoloFiles> {
  const files = await filesBelow(folder, []);
  const pictures = files.filter((path) => isPicture(path)).sort(compareNames);
  if (pictures.length === 0) throw new SetError('empty', folder, 'expected pictures, found none');
  const mirror = mirrorOf(folder);
  const beyond = mirror !== null && (await isFolder(mirror)) ? await filesBelow(mirror, []) : [];
  return { pictures, texts: [...files, ...beyond].filter((path) => extname(path) === '.txt') };
}

/** Rejects with a {@link SetError} where no picture has labels, or labels have no picture. */
export async function pairLabels(
  folder: string,
  { pictures, texts }: YoloFiles,
): Promise<readonly YoloPicture[]> {
  const left = new Set(texts);
  const pairs = pictures.map((path): YoloPicture => {
    return { path, labels: labelPaths(folder, path).find((labels) => left.has(labels)) ?? null };
  });
  if (pairs.every(({ labels }) => labels === null)) {
    const places = labelPaths(folder, pictures[0]!).join(' or ');
    throw new SetError('empty', folder, `expected labels such as ${places}`);
  }
  for (const labels of pictures.flatMap((path) => labelPaths(folder, path))) left.delete(labels);
  for (const path of left) await refuseLabels(path);
  return pairs;
}

/** Where the labels of a folder's pictures are if it is in `images/`: the same place in `labels/`; else null. */
export function mirrorOf(folder: string): string | null {
  return swapLast(resolve(folder), 'images', 'labels');
}

/** Links are followed, but for those that lead back to a folder that they are in. */
async function filesBelow(folder: string, above: readonly string[]): Promise<string[]> {
  const entries = await list(folder);
  const real = await realpath(folder);
  if (above.includes(real)) return [];
  if (above.length > depthMax) {
    throw new SetError('bad-file', folder, `expected folders at most ${depthMax} deep`);
  }
  const found: (string | readonly string[])[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const inner = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path)));
    found.push(inner ? await filesBelow(path, [...above, real]) : path);
  }
  return found.flat();
}

/** The places where a picture's labels may be, the likeliest first. */
function labelPaths(folder: string, picture: string): readonly string[] {
  const { dir, name } = parse(relative(folder, picture));
  const inside = swapLast(dir, 'images', 'labels');
  const mirror = inside === null ? mirrorOf(folder) : null;
  return [
    ...(inside === null ? [] : [join(folder, inside, `${name}.txt`)]),
    ...(mirror === null ? [] : [join(mirror, dir, `${name}.txt`)]),
    join(folder, dir, `${name}.txt`),
  ];
}

/** Throws if a file that belongs to no picture holds labels; notes and lists of names are other matters. */
async function refuseLabels(path: string): Promise<void> {
  const text = new TextDecoder('latin1').decode(await readSetBytes(path, 'labels'));
  const isLabel = (line: string): boolean => {
    const [name, ...place] = line.trim().split(/\s+/).map(Number);
    const isPlace = place.length >= 4 && place.every((value) => value >= -1 && value <= 2);
    return Number.isInteger(name) && isPlace;
  };
  if (!text.split('\n').some(isLabel)) return;
  const { dir, name } = parse(path);
  const where = swapLast(dir, 'labels', 'images') ?? dir;
  throw new SetError('not-found', path, `expected a picture named ${name} in ${where}`);
}

/** A path with its last folder of this name called another; null where it has none. */
function swapLast(path: string, from: string, to: string): string | null {
  const parts = path.split(sep);
  const at = parts.lastIndexOf(from);
  return at < 0 ? null : parts.with(at, to).join(sep);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
