import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeUnitOrder } from '../foundation/files/code-unit-order.ts';
import { DatasetError } from './dataset-error.ts';
import { isPictureName, pictureExtensions } from '../ingest/pictures/picture-name.ts';
import { listFolder } from './picture-files.ts';

/** Most levels of folders below the folder of pictures. */
export const pictureDepthMax = 32;
/** Most files below the folder of pictures. */
export const pictureFilesMax = 5_000_000;

/** A file that may be the one that an entry names. */
interface Candidate {
  /** Below the folder, with `/`. */
  readonly below: string;
  /** How many of its last parts are those of the name. */
  readonly length: number;
  /** Whether all of its parts are. */
  readonly whole: boolean;
}

/** How {@link PicturePaths} finds a file. */
export interface TakeOptions {
  /** Whether a name has to hold the file's whole path below the folder. Default false. */
  readonly whole?: boolean;
}

/**
 * The files below a folder, found by the names that an annotation file gives them.
 *
 * Sets are moved and rearranged, so a name stands for the file with the longest matching end of its
 * path (`/home/me/set/cam1/0001.jpg` is `cam1/0001.jpg`, not `cam2/0001.jpg`), and never for a file
 * outside of the folder. Of equally long ones it is the file whose whole path matches; without such
 * a file the name is refused. Both separators, URLs, their queries and their encoding are
 * understood; case and Unicode's normal form matter only where several files differ in nothing
 * else. Where the folder that a name gives is there, a file of another folder never fits. No two
 * entries get one file.
 */
export class PicturePaths {
  readonly #folder: string;
  /** Paths below the folder, by their folded last part and by their last two parts. */
  readonly #byEnd: ReadonlyMap<string, readonly string[]>;
  readonly #whole: ReadonlySet<string>;
  /** Names of the folders, folded. */
  readonly #folders: ReadonlySet<string>;
  readonly #taken = new Map<string, string>();

  private constructor(folder: string, files: readonly string[]) {
    this.#folder = folder;
    this.#whole = new Set(files);
    this.#folders = new Set(files.flatMap((below) => below.split('/').slice(0, -1).map(folded)));
    const byEnd = new Map<string, string[]>();
    for (const below of files) {
      const parts = below.split('/');
      // Folders may have thousands of files of one name, and a part more tells most apart.
      for (const count of parts.length > 1 ? [1, 2] : [1]) {
        const end = endOf(parts, count);
        const others = byEnd.get(end);
        if (others === undefined) byEnd.set(end, [below]);
        else others.push(below);
      }
    }
    this.#byEnd = byEnd;
  }

  /** Lists a folder once, with all folders in it. Rejects with a {@link DatasetError}. */
  static async open(folder: string, signal?: AbortSignal): Promise<PicturePaths> {
    const files: string[] = [];
    for await (const below of filesBelow(folder, signal)) {
      files.push(below);
      if (files.length > pictureFilesMax) {
        throw new DatasetError('bad-file', folder, `expected at most ${pictureFilesMax} files`);
      }
    }
    return new PicturePaths(folder, files);
  }

  /**
   * Path of the picture of one entry of `file`.
   *
   * @param names What the entry calls it; the first one that there is a file for counts.
   * @param entry Place of the entry in `file`, for messages.
   * @throws DatasetError without such a file, with several that fit equally well, and where the
   * file is another entry's.
   */
  take(
    names: readonly string[],
    entry: string,
    file: string,
    { whole = false }: TakeOptions = {},
  ): string {
    const below = this.#find(names, entry, file, whole);
    if (below === null) {
      const path = join(this.#folder, ...partsOf(names[0]!).filter((part) => part !== '..'));
      throw new DatasetError(
        'not-found',
        path,
        `expected the picture that ${entry} of ${file} names`,
      );
    }
    const path = join(this.#folder, below);
    const other = this.#taken.get(below);
    if (other !== undefined) {
      throw new DatasetError(
        'bad-file',
        file,
        `${entry}: expected a picture of its own, but ${path} is also that of ${other}`,
      );
    }
    this.#taken.set(below, entry);
    return path;
  }

  /** All paths below the folder, with `/`, in the order of their characters. */
  get all(): readonly string[] {
    return [...this.#whole].sort(codeUnitOrder);
  }

  #find(names: readonly string[], entry: string, file: string, wholeOnly: boolean): string | null {
    for (const name of names.flatMap(withExtensions)) {
      // Nothing fits better than the whole name, and most sets have it.
      const whole = partsOf(name).join('/');
      if (this.#whole.has(whole)) return whole;
      for (const same of [(part: string) => part, folded]) {
        const best = this.#best(name, same, wholeOnly);
        if (best.length === 1) return best[0]!;
        if (best.length === 0) continue;
        const found = best.slice(0, 2).map((below) => join(this.#folder, below));
        throw new DatasetError(
          'bad-file',
          file,
          `${entry}: expected one picture for ${JSON.stringify(name.slice(0, 200))}, ` +
            `found ${found.join(' and ')}`,
        );
      }
    }
    return null;
  }

  /** The files that fit best: one, none, or several that fit equally well. */
  #best(name: string, same: (part: string) => string, wholeOnly: boolean): readonly string[] {
    const candidates = new Map<string, Candidate>();
    for (const spelling of spellings(name)) {
      const wanted = partsOf(spelling).map(same);
      const ends = [2, 1].filter((count) => count <= wanted.length);
      const found = ends.map((count) => this.#byEnd.get(endOf(wanted, count)));
      for (const below of found.find((files) => files !== undefined) ?? []) {
        const parts = below.split('/').map(same);
        let length = 0;
        while (length < parts.length && parts.at(-1 - length) === wanted.at(-1 - length)) length++;
        const whole = length === parts.length;
        // The folder that the entry names is there, and this file is in another one.
        const folder = folded(wanted.at(-1 - length) ?? '');
        if (!whole && (wholeOnly || this.#folders.has(folder))) continue;
        if (length > (candidates.get(below)?.length ?? 0)) {
          candidates.set(below, { below, length, whole });
        }
      }
    }
    const found = [...candidates.values()];
    const longest = Math.max(...found.map(({ length }) => length));
    const best = found.filter(({ length }) => length === longest);
    const whole = best.filter((each) => each.whole);
    return (whole.length > 0 ? whole : best).map(({ below }) => below).sort(codeUnitOrder);
  }
}

/** All files below a folder, in the order of their paths within each folder. */
async function* filesBelow(folder: string, signal?: AbortSignal): AsyncGenerator<string> {
  const seen = new Set<string>();
  const open: { below: string; depth: number }[] = [{ below: '', depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    signal?.throwIfAborted();
    const { below: parent, depth } = next;
    const real = await realpath(join(folder, parent)).catch(() => join(folder, parent));
    // A link may lead back to a folder above.
    if (seen.has(real)) continue;
    seen.add(real);
    if (depth > pictureDepthMax) {
      throw new DatasetError(
        'bad-file',
        folder,
        `expected at most ${pictureDepthMax} levels of folders`,
      );
    }
    for (const entry of await listFolder(join(folder, parent))) {
      const below = parent === '' ? entry.name : `${parent}/${entry.name}`;
      const linked = entry.isSymbolicLink()
        ? await stat(join(folder, below)).catch(() => null)
        : entry;
      if (linked?.isFile() === true) yield below;
      else if (linked?.isDirectory() === true) open.push({ below, depth: depth + 1 });
    }
  }
}

/** Frames of videos have names without an extension in some formats. */
function withExtensions(name: string): string[] {
  return /\.[A-Za-z]{3,4}$/.test(name) || isPictureName(name)
    ? [name]
    : [name, ...pictureExtensions.map((extension) => name + extension)];
}

/** What a name may mean: itself, or as a URL without its query and its encoding. */
function spellings(name: string): Set<string> {
  const plain = name.replace(/[?#].*$/s, '');
  // Label Studio names local files in a query: /data/local-files/?d=cam1/0001.jpg
  const query = /[?&]d=([^&#]*)/.exec(name)?.[1];
  const written = [name, plain, ...(query === undefined ? [] : [query])];
  return new Set([...written, ...written.map(decoded)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The parts of a path with either separator, without those that mean nothing. */
function partsOf(path: string): string[] {
  return path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
}

/** The last parts of a path, folded. */
function endOf(parts: readonly string[], count: number): string {
  return folded(parts.slice(-count).join('/'));
}

function folded(part: string): string {
  return part.normalize('NFC').toLowerCase();
}
