import type { HeadBundle } from './head-bundle.ts';
import { StateError } from '../../foundation/files/state-error.ts';

/** Default number of bundles kept. */
export const bundlesKept = 20;

/**
 * Stores accepted heads across runs. Calls must not overlap.
 *
 * Keeps the newest `keep` bundles, and in addition the active one and its parent. A failed call
 * rejects with a {@link StateError} and leaves the stored bundles unchanged.
 */
export interface HeadStore {
  readonly keep: number;
  /** Versions stored, ascending. */
  list(): Promise<readonly number[]>;
  /** Stores a bundle under its version and makes it the active one. */
  saveActive(bundle: HeadBundle): Promise<void>;
  /** Makes a stored version the active one; 0 is the empty head, which needs no bundle. */
  setActive(version: number): Promise<void>;
  /** The active version; null for an empty store. */
  activeVersion(): Promise<number | null>;
  load(version: number): Promise<HeadBundle>;
  /** The newest bundle, active or not; null for an empty store. */
  latest(): Promise<HeadBundle | null>;
}

/** The versions to delete so that the newest `keep` and the `retained` ones remain. */
export function versionsToDrop(
  versions: readonly number[],
  keep: number,
  retained: readonly (number | null)[],
): readonly number[] {
  const ascending = [...versions].sort((a, b) => a - b);
  return ascending
    .slice(0, Math.max(0, ascending.length - keep))
    .filter((version) => !retained.includes(version));
}

/** Keeps bundles in memory, for runs without a state folder. */
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
    const retained = [this.#active, bundle.parent];
    for (const version of versionsToDrop([...this.#bundles.keys()], this.keep, retained)) {
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
