import type { Sample } from './sample.ts';

/** A stored sample with the values that policies use. */
export interface MemoryEntry {
  readonly sample: Sample;
  /** Bytes of the sample, see sampleBytes. */
  readonly bytes: number;
  /** Drawn once from [0, 1) at insertion: evicting the smallest key keeps a uniform sample. */
  readonly key: number;
}

/** Selects the samples to evict. Independent of the cap. */
export interface EvictionPolicy {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  /**
   * Bytes of the policy's own state per class with samples in memory; another number after
   * {@link adopt}.
   */
  readonly classBytes: number;
  /** Adds a sample to the statistics, whether or not it will be stored. */
  observe(sample: Sample): void;
  /** Removes a sample from the statistics: it was relabelled. */
  unobserve(sample: Sample): void;
  /** Drops the statistics of a class without samples. */
  forgetClass(name: string): void;
  /** Selects one of the entries, which are of one rank and not empty. Deterministic. */
  victim(entries: readonly MemoryEntry[]): MemoryEntry;
  /** Drops all statistics. */
  clear(): void;
  /**
   * Uses embeddings of this length from now on, and drops all statistics. Returns false, and does
   * nothing, where it is in use already. Absent: the policy uses no embeddings.
   */
  adopt?(embeddingLength: number): boolean;
}

/** The class of a sample for balancing: its label, or its cluster as a pseudo class. */
export function memoryClass({ label, notA = [], clusterId }: Sample): string {
  if (label === null) return notA.length > 0 ? `notA:${notA[0]!}` : `cluster:${clusterId}`;
  return label.kind === 'background' ? 'background' : `${label.kind}:${label.class ?? ''}`;
}

/** The entries of the class with the most bytes; among equals, the class of the oldest entry. */
export function largestClass(entries: readonly MemoryEntry[]): readonly MemoryEntry[] {
  const classes = new Map<string, { bytes: number; entries: MemoryEntry[] }>();
  for (const entry of entries) {
    const name = memoryClass(entry.sample);
    const known = classes.get(name);
    if (known === undefined) classes.set(name, { bytes: entry.bytes, entries: [entry] });
    else {
      known.bytes += entry.bytes;
      known.entries.push(entry);
    }
  }
  let largest: { bytes: number; entries: MemoryEntry[] } | undefined;
  for (const candidate of classes.values()) {
    if (largest === undefined || candidate.bytes > largest.bytes) largest = candidate;
  }
  return largest?.entries ?? [];
}

/** The entry with the smallest key: a uniform and repeatable draw. */
export function smallestKey(entries: readonly MemoryEntry[]): MemoryEntry {
  let smallest = entries[0];
  for (const entry of entries)
    if (smallest === undefined || entry.key < smallest.key) smallest = entry;
  if (smallest === undefined) throw new Error('No entry to evict');
  return smallest;
}
