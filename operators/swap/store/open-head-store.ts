import { messageOf } from '../../foundation/errors/message-of.ts';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeadBundle, writeHeadBundle, type HeadBundle } from './head-bundle.ts';
import { bundlesKept, versionsToDrop, type HeadStore } from './head-store.ts';
import { StateError } from '../../foundation/files/state-error.ts';
import { readStateFile, stateFailure } from '../../foundation/files/state-file.ts';
import { writeAtomically } from '../../foundation/files/write-atomically.ts';

export interface OpenHeadStoreOptions {
  /** Number of newest bundles kept; at least 1, default {@link bundlesKept}. */
  readonly keep?: number;
  /** Creates and writes nothing; the folder must exist. */
  readonly readOnly?: boolean;
}

const bundleName = /^head-(\d{6,15})\.json$/;
const leftoverName = /^(?:head-\d+\.json|active|probe)\.(\d+)\.tmp$/;

/**
 * Opens the head store in `stateDir`: one file per bundle, `heads/head-000007.json`, and
 * `heads/active` with the active version. Rejects with a {@link StateError} if the folder can't be
 * created, read or written to, so that a run fails at its start and not at its first head.
 *
 * One process at a time may write; temporary files of a killed one are removed.
 */
export async function openHeadStore(
  stateDir: string,
  { keep = bundlesKept, readOnly = false }: OpenHeadStoreOptions = {},
): Promise<HeadStore> {
  if (!Number.isInteger(keep) || keep < 1) {
    throw new RangeError(`${keep} bundles to keep, expected a whole number from 1`);
  }
  const folder = join(stateDir, 'heads');
  if (!readOnly) await prepare(stateDir, folder);
  const store = new DiskHeadStore(folder, keep);
  await store.list();
  return store;
}

class DiskHeadStore implements HeadStore {
  readonly keep: number;
  readonly #folder: string;

  constructor(folder: string, keep: number) {
    this.#folder = folder;
    this.keep = keep;
  }

  async list(): Promise<readonly number[]> {
    const names = await readdir(this.#folder).catch((cause: unknown) => {
      throw stateFailure('read', this.#folder, cause);
    });
    return names
      .flatMap((name) => bundleName.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async saveActive(bundle: HeadBundle): Promise<void> {
    const { version } = bundle.head;
    await this.#write(this.#pathOf(version), writeHeadBundle(bundle));
    await this.#write(this.#activePath, `${version}\n`);
    const dropped = versionsToDrop(await this.list(), this.keep, [version, bundle.parent]);
    for (const old of dropped) {
      await rm(this.#pathOf(old), { force: true }).catch((cause: unknown) => {
        throw stateFailure('write', this.#pathOf(old), cause);
      });
    }
  }

  async setActive(version: number): Promise<void> {
    if (version !== 0) await this.load(version);
    await this.#write(this.#activePath, `${version}\n`);
  }

  async activeVersion(): Promise<number | null> {
    const text = await readStateFile(this.#activePath, null);
    if (text === null) return (await this.list()).at(-1) ?? null;
    if (/^\d{1,15}\n?$/.test(text)) return Number(text);
    throw new StateError(
      'corrupt',
      this.#activePath,
      `${this.#activePath} is damaged: expected the version of the active head`,
    );
  }

  async load(version: number): Promise<HeadBundle> {
    const path = this.#pathOf(version);
    const text = await readStateFile(path);
    try {
      const bundle = readHeadBundle(text);
      if (bundle.head.version === version) return bundle;
      throw new Error(`it holds head ${bundle.head.version}`);
    } catch (cause) {
      throw new StateError('corrupt', path, `${path} is damaged: ${messageOf(cause)}`, { cause });
    }
  }

  async latest(): Promise<HeadBundle | null> {
    const newest = (await this.list()).at(-1);
    return newest === undefined ? null : this.load(newest);
  }

  get #activePath(): string {
    return join(this.#folder, 'active');
  }

  #pathOf(version: number): string {
    return join(this.#folder, `head-${String(version).padStart(6, '0')}.json`);
  }

  async #write(path: string, text: string): Promise<void> {
    await writeAtomically(path, text).catch((cause: unknown) => {
      throw stateFailure('write', path, cause);
    });
  }
}

/** Creates the folder, checks that it is writable, and removes files of a killed writer. */
async function prepare(stateDir: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeAtomically(join(folder, 'probe'), '');
    await rm(join(folder, 'probe'));
    const names = await readdir(folder);
    for (const name of names.filter((name) => leftoverName.test(name))) {
      await rm(join(folder, name), { force: true });
    }
  } catch (cause) {
    throw stateFailure('write', stateDir, cause);
  }
}
