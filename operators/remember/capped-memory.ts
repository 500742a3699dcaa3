import {
  memoryClass,
  type ClassStatistic,
  type EvictionPolicy,
  type MemoryEntry,
} from './eviction-policy.ts';
import { ownBuffers, sampleBytes } from './sample-bytes.ts';
import type { Sample, SampleMemory } from './sample.ts';

/** Rank of a sample, and the share of the cap that the others cannot take from its rank. */
const reserves = { unlabelled: 1 / 4, labelled: 1 / 2, heldOut: 1 / 4 } as const;
type Rank = keyof typeof reserves;
const ranks: readonly Rank[] = ['unlabelled', 'labelled', 'heldOut'];

/**
 * Holds samples under a cap in bytes; an {@link EvictionPolicy} picks what goes.
 *
 * Which rank pays comes first: unlabelled samples while they hold more than a quarter of the cap,
 * then labelled ones that are trained on while they hold more than half, then held-out
 * ones. So names a person gave outlive what nobody named, the judge keeps its samples, and
 * yet a memory full of names has room left to notice something new.
 *
 * A newcomer competes with what is there: when the policy picks it, nothing else goes.
 */
export class CappedMemory implements SampleMemory {
  readonly bytesMax: number;
  readonly #policy: EvictionPolicy;
  readonly #random: () => number;
  readonly #entries = new Map<string, MemoryEntry>();
  #bytes = 0;
  #evicted = 0;
  #refused = 0;

  /** `random` is uniform in [0, 1) and drawn once a newcomer. `bytesMax` is at least 0. */
  constructor(policy: EvictionPolicy, bytesMax: number, random: () => number) {
    if (!(bytesMax >= 0)) throw new RangeError(`bytesMax must be at least 0, not ${bytesMax}`);
    this.#policy = policy;
    this.bytesMax = bytesMax;
    this.#random = random;
  }

  get policy(): string {
    return this.#policy.name;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Samples that were held and had to go for others. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Samples that came and were not taken. */
  get refused(): number {
    return this.#refused;
  }

  insert(sample: Sample): readonly string[] {
    if (this.#entries.has(sample.id)) throw new Error(`Sample ${sample.id} is in memory already`);
    const key = this.#random();
    const entry: MemoryEntry = { sample: ownBuffers(sample), bytes: sampleBytes(sample), key };
    // Judged before it is looked at: one that fits nowhere must not push others out or shift a class's mean.
    if (entry.bytes + this.#policy.classBytes > this.bytesMax) {
      this.#refused++;
      return [sample.id];
    }
    this.#entries.set(sample.id, entry);
    this.#policy.observe(entry.sample);
    const victims = this.#plan();
    if (victims.has(entry)) {
      this.#drop([entry]);
      this.#refused++;
      return [sample.id];
    }
    this.#evicted += victims.size;
    return this.#drop([...victims]);
  }

  get(id: string): Sample | undefined {
    return this.#entries.get(id)?.sample;
  }

  /** Keeps the sample's place and its chances. It may go itself, for its new label or its size. */
  replace(sample: Sample): readonly string[] {
    const old = this.#entries.get(sample.id);
    if (old === undefined) throw new Error(`Sample ${sample.id} is not in memory`);
    const entry: MemoryEntry = {
      sample: ownBuffers(sample),
      bytes: sampleBytes(sample),
      key: old.key,
    };
    this.#policy.unobserve(old.sample);
    this.#entries.set(sample.id, entry);
    this.#policy.observe(entry.sample);
    this.#forgetIfEmpty(memoryClass(old.sample));
    const victims = this.#plan();
    this.#evicted += victims.size;
    return this.#drop([...victims]);
  }

  /** Takes a sample out without counting it as evicted. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#drop([entry]);
    return true;
  }

  *values(): IterableIterator<Sample> {
    for (const { sample } of this.#entries.values()) yield sample;
  }

  /** Everything that {@link load} needs. */
  contents(): MemoryContents {
    return {
      policy: this.#policy.name,
      evicted: this.#evicted,
      refused: this.#refused,
      entries: [...this.#entries.values()],
      statistics: this.#policy.statistics(),
    };
  }

  /**
   * Takes saved contents in place of its own. A smaller cap than they were saved under evicts; another policy starts its
   * statistics from the samples that are there.
   */
  load(contents: MemoryContents): void {
    this.#entries.clear();
    this.#evicted = contents.evicted;
    this.#refused = contents.refused;
    const samePolicy = contents.policy === this.#policy.name;
    this.#policy.restore(samePolicy ? contents.statistics : []);
    for (const { sample, key } of contents.entries) {
      const entry = { sample: ownBuffers(sample), bytes: sampleBytes(sample), key };
      this.#entries.set(sample.id, entry);
      if (!samePolicy) this.#policy.observe(entry.sample);
    }
    const victims = this.#plan();
    this.#evicted += victims.size;
    this.#drop([...victims]);
  }

  /** Who has to go so that the rest fits; nobody goes yet. */
  #plan(): ReadonlySet<MemoryEntry> {
    const victims = new Set<MemoryEntry>();
    let live = [...this.#entries.values()];
    while (this.#cost(live) > this.bytesMax) {
      const victim = this.#policy.victim(this.#payingRank(live));
      victims.add(victim);
      live = live.filter((entry) => entry !== victim);
    }
    return victims;
  }

  #payingRank(live: readonly MemoryEntry[]): readonly MemoryEntry[] {
    const present = ranks.map((rank) => ({
      rank,
      entries: live.filter(({ sample }) => rankOf(sample) === rank),
    }));
    const over = present.find(
      ({ rank, entries }) => sum(entries) > reserves[rank] * this.bytesMax && entries.length > 0,
    );
    // The policy's own bytes can push the total over the cap while every rank keeps to its reserve.
    return (over ?? present.find(({ entries }) => entries.length > 0)!).entries;
  }

  #drop(entries: readonly MemoryEntry[]): readonly string[] {
    for (const { sample } of entries) this.#entries.delete(sample.id);
    for (const { sample } of entries) this.#forgetIfEmpty(memoryClass(sample));
    this.#bytes = this.#cost([...this.#entries.values()]);
    return entries.map(({ sample }) => sample.id);
  }

  #forgetIfEmpty(name: string): void {
    for (const { sample } of this.#entries.values()) if (memoryClass(sample) === name) return;
    this.#policy.forgetClass(name);
  }

  #cost(entries: readonly MemoryEntry[]): number {
    const { classBytes } = this.#policy;
    if (classBytes === 0) return sum(entries);
    return (
      sum(entries) + classBytes * new Set(entries.map(({ sample }) => memoryClass(sample))).size
    );
  }
}

/** A memory's whole state. */
export interface MemoryContents {
  readonly policy: string;
  readonly evicted: number;
  readonly refused: number;
  readonly entries: readonly Pick<MemoryEntry, 'sample' | 'key'>[];
  readonly statistics: readonly ClassStatistic[];
}

function rankOf({ label, heldOut }: Sample): Rank {
  if (label === null) return 'unlabelled';
  return heldOut ? 'heldOut' : 'labelled';
}

function sum(entries: readonly MemoryEntry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.bytes;
  return bytes;
}
