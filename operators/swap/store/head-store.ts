import type { HeadBundle } from './head-bundle.ts';
import { StateError } from '../../foundation/files/state-error.ts';

/** Bundles stored when nothing else is said. */
export const bundlesKept = 20;

/**
 * Where accepted heads outlive the program. Calls must not overlap.
 *
 * Stores keep the newest `keep` bundles, besides the active one and its parent. What fails
 * rejects with a {@link StateError}, and leaves what was stored before as it was.
 */
export interface HeadStore {
  readonly keep: number;
  /** Versions stored, ascending. */
  list(): Promise<readonly number[]>;
  /** Stores a bundle under its version and makes it the active one. */
  saveActive(bundle: HeadBundle): Promise<void>;
  /** Makes a stored version the active one; 0 is the empty head, which needs no bundle. */
  setActive(version: number): Promise<void>;
  /** The active version; null where nothing was ever stored. */
  activeVersion(): Promise<number | null>;
  load(version: number): Promise<HeadBundle>;
  /** The newest bundle, active or not; null where nothing is stored. */
  latest(): Promise<HeadBundle | null>;
}

/** The versions that have to go so that the newest `keep` stay, and those named besides. */
export function versionsToDrop(
  versions: readonly number[],
  keep: number,
  besides: readonly (number | null)[],
): readonly number[] {
  const ascending = [...versions].sort((a, b) => a - b);
  return ascending
    .slice(0, Math.max(0, ascending.length - keep))
    .filter((v) => !besides.includes(v));
}

/** Keeps bundles for the life of the program: where there is no state folder. */
export class MemoryHeadStore implements HeadStore {
  readonly keep: number;
  readonly #bundles = new Map<number, HeadBundle>();
  #active: number | null = null;

  constructor(keep = bundlesKept) {
    if (!Number.isInteger(keep) || keep < 1) {
      throw new RangeError(`${keep} bundles to keep, expected a whole number from 1`);
    }
    this.keep = keep;
  }

  async list(): Promise<readonly number[]> {
    return [...this.#bundles.keys()].sort((a, b) => a - b);
  }

  async saveActive(bundle: HeadBundle): Promise<void> {
    this.#bundles.set(bundle.head.version, bundle);
    this.#active = bundle.head.version;
    const besides = [this.#active, bundle.parent];
    for (const version of versionsToDrop([...this.#bundles.keys()], this.keep, besides)) {
      this.#bundles.delete(version);
    }
  }

  async setActive(version: number): Promise<void> {
    if (version !== 0) await this.load(version);
    this.#active = version;
  }

  async activeVersion(): Promise<number | null> {
    return this.#active;
  }

  async load(version: number): Promise<HeadBundle> {
    const bundle = this.#bundles.get(version);
    if (bundle !== undefined) return bundle;
    throw new StateError('missing', 'memory', `head ${version} is not stored`);
  }

  async latest(): Promise<HeadBundle | null> {
    const newest = (await this.list()).at(-1);
    return newest === undefined ? null : this.load(newest);
  }
}
