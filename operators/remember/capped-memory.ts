import { builtInVectors } from '../detect/engines/sight.ts';
import { memoryClass, type EvictionPolicy, type MemoryEntry } from './eviction-policy.ts';
import { MemoryTally, rankOf, ranks, type Rank } from './memory-tally.ts';
import { ownBuffers, sampleBytes } from './sample-bytes.ts';
import { isAsked, isLabelled, type Sample, type SampleMemory } from './sample.ts';

/**
 * Age below which a sample that nobody is asked about is kept like the others, in ms: until then
 * its question may still open. Five seconds of watching and ten of waiting for a similar question.
 */
const openingMs = 15_000;

/** The share of the cap that other ranks cannot take from a rank. */
const reserves = { unlabelled: 1 / 4, labelled: 1 / 2, heldOut: 1 / 4 } as const;

/**
 * Holds samples under a cap in bytes; an {@link EvictionPolicy} selects the evicted ones.
 *
 * The rank is selected first: unlabelled samples while they exceed a quarter of the cap, then
 * labelled training samples while they exceed half of it, then held-out samples. So labelled ones
 * outlive unlabelled ones, the gate keeps its samples, and a memory full of labelled samples still
 * has room for new unknowns.
 *
 * Of unlabelled samples, those go first that nobody is asked about 15 seconds after they were
 * taken, by their camera's newest sample.
 *
 * A new sample competes with the stored ones: if the policy selects it, nothing else is evicted.
 */
export class CappedMemory implements SampleMemory {
  readonly bytesMax: number;
  readonly #policy: EvictionPolicy;
  readonly #random: () => number;
  readonly #entries = new Map<string, MemoryEntry>();
  readonly #onChanged: (change: MemoryChange) => void;
  #tally = new MemoryTally();
  #evicted = 0;
  #refused = 0;
  #revision = 0;

  /**
   * `random` is uniform in [0, 1) and called once per insertion. `bytesMax` is at least 0.
   * `onChanged` is called with each change, for a copy elsewhere. Default: nothing.
   */
  constructor(
    policy: EvictionPolicy,
    bytesMax: number,
    random: () => number,
    onChanged: (change: MemoryChange) => void = () => undefined,
  ) {
    if (!(bytesMax >= 0)) throw new RangeError(`bytesMax must be at least 0, not ${bytesMax}`);
    this.#policy = policy;
    this.bytesMax = bytesMax;
    this.#random = random;
    this.#onChanged = onChanged;
  }

  get policy(): string {
    return this.#policy.name;
  }

  get bytes(): number {
    return this.#cost(this.#tally);
  }

  get size(): number {
    return this.#entries.size;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Samples that were stored and then evicted. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Samples that were never stored. */
  get refused(): number {
    return this.#refused;
  }

  insert(sample: Sample): readonly string[] {
    if (this.#entries.has(sample.id)) throw new Error(`Sample ${sample.id} is in memory already`);
    const key = this.#random();
    this.#revision++;
    const entry: MemoryEntry = { sample: ownBuffers(sample), bytes: sampleBytes(sample), key };
    // Checked first: a sample that cannot fit must neither evict others nor shift a class mean.
    if (entry.bytes + this.#policy.classBytes > this.bytesMax) {
      this.#refused++;
      return [sample.id];
    }
    this.#entries.set(sample.id, entry);
    this.#tally.add(entry);
    this.#policy.observe(entry.sample);
    const victims = this.#plan();
    if (victims.has(entry)) {
      this.#drop([entry]);
      this.#refused++;
      return [sample.id];
    }
    this.#evicted += victims.size;
    const dropped = this.#drop([...victims]);
    this.#onChanged({ stored: [sample.id], changed: [], dropped });
    return dropped.map(({ id }) => id);
  }

  get(id: string): Sample | undefined {
    return this.#entries.get(id)?.sample;
  }

  /** Keeps the sample's position and random key. The new sample itself may be evicted. */
  replace(sample: Sample): readonly string[] {
    const old = this.#entries.get(sample.id);
    if (old === undefined) throw new Error(`Sample ${sample.id} is not in memory`);
    this.#revision++;
    const entry: MemoryEntry = {
      sample: ownBuffers(sample),
      bytes: sampleBytes(sample),
      key: old.key,
    };
    this.#policy.unobserve(old.sample);
    this.#entries.set(sample.id, entry);
    this.#tally.remove(old);
    this.#tally.add(entry);
    this.#policy.observe(entry.sample);
    this.#forgetIfEmpty(memoryClass(old.sample));
    const victims = this.#plan();
    this.#evicted += victims.size;
    const dropped = this.#drop([...victims]);
    const ids = dropped.map(({ id }) => id);
    const stored = ids.includes(sample.id) ? [] : [sample.id];
    const changed = isAsked(old.sample) === isAsked(sample) ? [] : stored;
    this.#onChanged({ stored, changed, dropped });
    return ids;
  }

  /** Removes a sample without counting it as evicted. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#revision++;
    this.#onChanged({ stored: [], changed: [], dropped: this.#drop([entry]) });
    return true;
  }

  *values(): IterableIterator<Sample> {
    for (const { sample } of this.#entries.values()) yield sample;
  }

  /** The random key of a sample, which decides its eviction; undefined where it is not stored. */
  keyOf(id: string): number | undefined {
    return this.#entries.get(id)?.key;
  }

  /**
   * Replaces the contents by stored samples, in their order; the policy's statistics are rebuilt
   * from them. A smaller cap evicts samples.
   */
  load(entries: Iterable<Pick<MemoryEntry, 'sample' | 'key'>>): void {
    this.#entries.clear();
    this.#tally = new MemoryTally();
    this.#revision++;
    this.#policy.clear();
    const loaded = [...entries];
    // Until the encoder in use is known, the newest sample tells which one it was.
    const newest = loaded.at(-1)?.sample;
    if (newest !== undefined) {
      this.#policy.adopt?.((newest.sight ?? builtInVectors).embeddingLength);
    }
    for (const { sample, key } of loaded) {
      const entry = { sample: ownBuffers(sample), bytes: sampleBytes(sample), key };
      this.#entries.set(sample.id, entry);
      this.#tally.add(entry);
      this.#policy.observe(entry.sample);
    }
    this.#shrink();
  }

  /**
   * Makes the policy use embeddings of this length, those of the encoder in use; its statistics are
   * rebuilt from the stored samples.
   */
  adopt(embeddingLength: number): void {
    if (this.#policy.adopt?.(embeddingLength) !== true) return;
    this.#revision++;
    for (const { sample } of this.#entries.values()) this.#policy.observe(sample);
    this.#shrink();
  }

  /** Evicts what is above the cap. */
  #shrink(): void {
    const victims = this.#plan();
    this.#evicted += victims.size;
    const dropped = this.#drop([...victims]);
    if (dropped.length > 0) this.#onChanged({ stored: [], changed: [], dropped });
  }

  /** Selects the entries to evict so that the rest fits. */
  #plan(): ReadonlySet<MemoryEntry> {
    const victims = new Set<MemoryEntry>();
    if (this.#cost(this.#tally) <= this.bytesMax) return victims;
    const tally = this.#tally.copy();
    let kept = [...this.#entries.values()];
    const newest = new Map(kept.map(({ sample }) => [sample.camera, sample.timestampMs]));
    // Nobody is asked about these any more, so that they are the least likely to be labelled.
    const isHeld = ({ sample }: MemoryEntry): boolean =>
      !isAsked(sample) &&
      !isLabelled(sample) &&
      // A camera's time may begin again.
      Math.abs(newest.get(sample.camera)! - sample.timestampMs) >= openingMs;
    while (this.#cost(tally) > this.bytesMax) {
      const rank = this.#evictableRank(tally);
      const ofRank = kept.filter(({ sample }) => rankOf(sample) === rank);
      const held = ofRank.filter(isHeld);
      const victim = this.#policy.victim(held.length > 0 ? held : ofRank);
      victims.add(victim);
      tally.remove(victim);
      kept = kept.filter((entry) => entry !== victim);
    }
    return victims;
  }

  /** The first rank above its reserve. */
  #evictableRank(tally: MemoryTally): Rank {
    const present = ranks.filter((rank) => tally.countOf(rank) > 0);
    const over = present.find((rank) => tally.bytesOf(rank) > reserves[rank] * this.bytesMax);
    // The policy's own bytes can exceed the cap while every rank stays within its reserve.
    return over ?? present[0]!;
  }

  #drop(entries: readonly MemoryEntry[]): readonly Sample[] {
    for (const entry of entries) {
      this.#entries.delete(entry.sample.id);
      this.#tally.remove(entry);
    }
    for (const { sample } of entries) this.#forgetIfEmpty(memoryClass(sample));
    return entries.map(({ sample }) => sample);
  }

  #forgetIfEmpty(name: string): void {
    if (!this.#tally.hasClass(name)) this.#policy.forgetClass(name);
  }

  #cost({ bytes, classes }: MemoryTally): number {
    return bytes + this.#policy.classBytes * classes;
  }
}

/** What a change did to a memory. */
export interface MemoryChange {
  /** Ids of the samples that it stored or replaced. */
  readonly stored: readonly string[];
  /** Of these, ids of samples that were there and of which more than the label has changed. */
  readonly changed: readonly string[];
  /** The samples that left the memory. */
  readonly dropped: readonly Sample[];
}
