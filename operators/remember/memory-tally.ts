import { memoryClass, type MemoryEntry } from './eviction-policy.ts';
import { isLabelled, type Sample } from './sample.ts';

/** Ranks of samples, in the order in which they are evicted. */
export const ranks = ['unlabelled', 'labelled', 'heldOut'] as const;
export type Rank = (typeof ranks)[number];

export function rankOf(sample: Sample): Rank {
  if (!isLabelled(sample)) return 'unlabelled';
  return sample.heldOut ? 'heldOut' : 'labelled';
}

/** Bytes and numbers of entries by rank and class, kept up to date with each entry. */
export class MemoryTally {
  readonly #bytes: Record<Rank, number> = { unlabelled: 0, labelled: 0, heldOut: 0 };
  readonly #counts: Record<Rank, number> = { unlabelled: 0, labelled: 0, heldOut: 0 };
  readonly #classes = new Map<string, number>();

  /** A tally of the same entries. */
  copy(): MemoryTally {
    const copy = new MemoryTally();
    Object.assign(copy.#bytes, this.#bytes);
    Object.assign(copy.#counts, this.#counts);
    for (const [name, count] of this.#classes) copy.#classes.set(name, count);
    return copy;
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#bytes.unlabelled + this.#bytes.labelled + this.#bytes.heldOut;
  }

  /** Number of classes that have entries. */
  get classes(): number {
    return this.#classes.size;
  }

  hasClass(name: string): boolean {
    return this.#classes.has(name);
  }

  bytesOf(rank: Rank): number {
    return this.#bytes[rank];
  }

  countOf(rank: Rank): number {
    return this.#counts[rank];
  }

  add(entry: MemoryEntry): void {
    this.#change(entry, 1);
  }

  remove(entry: MemoryEntry): void {
    this.#change(entry, -1);
  }

  #change({ sample, bytes }: MemoryEntry, sign: 1 | -1): void {
    const rank = rankOf(sample);
    this.#bytes[rank] += sign * bytes;
    this.#counts[rank] += sign;
    const name = memoryClass(sample);
    const count = (this.#classes.get(name) ?? 0) + sign;
    if (count === 0) this.#classes.delete(name);
    else this.#classes.set(name, count);
  }
}
