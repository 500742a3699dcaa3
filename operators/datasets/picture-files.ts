import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { codeUnitOrder } from '../foundation/files/code-unit-order.ts';
import {
  isPictureName,
  pictureExtensionOf,
  pictureExtensions,
} from '../ingest/pictures/picture-name.ts';
import { DatasetError } from './dataset-error.ts';

/** Index of the pictures in a folder, by name and by stem. */
export class PictureFolder {
  readonly #folder: string;
  readonly #names: ReadonlySet<string>;
  readonly #byStem = new Map<string, string>();

  private constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = new Set(names);
    const rank = (name: string): number => pictureExtensions.indexOf(pictureExtensionOf(name));
    for (const name of [...names].sort((a, b) => rank(a) - rank(b) || codeUnitOrder(a, b))) {
      const { name: stem } = parse(name);
      if (!this.#byStem.has(stem)) this.#byStem.set(stem, name);
    }
  }

  static async open(folder: string): Promise<PictureFolder> {
    const entries = await listFolder(folder);
    return new PictureFolder(
      folder,
      entries.map(({ name }) => name).filter((name) => isPictureName(name)),
    );
  }

  /**
   * Path of an annotation's picture; null if there is none.
   *
   * @param stem Stem of the annotation file.
   * @param name Name of the picture according to the annotation.
   */
  find(stem: string, name?: string): string | null {
    // The stem takes precedence: people rename annotation files together with their pictures, but
    // not the names inside.
    const exact = name !== undefined && parse(name).name === stem && this.#names.has(name);
    const found = exact ? name : this.#byStem.get(stem);
    if (found !== undefined) return join(this.#folder, found);
    if (name === undefined) return null;
    if (this.#names.has(name)) return join(this.#folder, name);
    const sameStem = this.#byStem.get(parse(name).name);
    return sameStem === undefined ? null : join(this.#folder, sameStem);
  }
}

/** Entries of a folder, sorted by name. Rejects with a {@link DatasetError} without that folder. */
export async function listFolder(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DatasetError('not-found', folder, 'expected a folder', { cause });
  });
  // Node replaces bytes that are not UTF-8, and then cannot open the file by that name.
  const undecodable = entries.find(({ name }) => name.includes('\uFFFD'));
  if (undecodable !== undefined) {
    throw new DatasetError(
      'bad-file',
      folder,
      `expected file names in UTF-8, found ${undecodable.name}`,
    );
  }
  return entries.sort((a, b) => codeUnitOrder(a.name, b.name));
}
