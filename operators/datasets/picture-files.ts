import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { SetError } from './set-error.ts';

/** In the order of preference where several files share a stem. */
const extensions = ['.jpg', '.jpeg', '.png', '.webp', '.bmp'];

/** Whether a file's name says that it is a picture, whatever the case of its extension. */
export function isPicture(name: string): boolean {
  return extensions.includes(parse(name).ext.toLowerCase());
}

/** The pictures of one folder, found by name or by stem. */
export class PictureFolder {
  readonly #folder: string;
  readonly #names: ReadonlySet<string>;
  readonly #byStem = new Map<string, string>();

  private constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = new Set(names);
    const rank = (name: string): number => extensions.indexOf(parse(name).ext.toLowerCase());
    for (const name of [...names].sort((a, b) => rank(a) - rank(b) || compareNames(a, b))) {
      const { name: stem } = parse(name);
      if (!this.#byStem.has(stem)) this.#byStem.set(stem, name);
    }
  }

  static async open(folder: string): Promise<PictureFolder> {
    const entries = await list(folder);
    return new PictureFolder(
      folder,
      entries.map(({ name }) => name).filter((name) => isPicture(name)),
    );
  }

  /** Path of the picture with exactly this name, else of one with this stem; null for none. */
  find(stem: string, name?: string): string | null {
    // The annotation's own stem comes first: annotation files get renamed with their pictures,
    // while the names inside them stay behind.
    const exact = name !== undefined && parse(name).name === stem && this.#names.has(name);
    const found = exact ? name : this.#byStem.get(stem);
    if (found !== undefined) return join(this.#folder, found);
    if (name === undefined) return null;
    if (this.#names.has(name)) return join(this.#folder, name);
    const other = this.#byStem.get(parse(name).name);
    return other === undefined ? null : join(this.#folder, other);
  }
}

/** Entries of a folder, sorted by name; rejects with a {@link SetError} where there is none. */
export async function list(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new SetError('not-found', folder, 'expected a folder', { cause });
  });
  // What Node can't decode it names like this, and then finds no file of that name.
  const lost = entries.find(({ name }) => name.includes('\uFFFD'));
  if (lost !== undefined) {
    throw new SetError('bad-file', folder, `expected file names in UTF-8, found ${lost.name}`);
  }
  return entries.sort((a, b) => compareNames(a.name, b.name));
}

/** Order by UTF-16 code unit: the same on every machine, unlike one by locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
