import type { Sample } from './sample.ts';

/** A stored sample as policies see it. */
export interface MemoryEntry {
  readonly sample: Sample;
  /** What the sample costs. */
  readonly bytes: number;
  /** Drawn once from [0, 1) when the sample first came: evicting the smallest key keeps a uniform sample. */
  readonly key: number;
}

/** What a policy remembers of a class besides its samples; saved with the memory. */
export interface ClassStatistic {
  readonly class: string;
  readonly count: number;
  readonly sum: Float32Array;
}

/** Decides which sample goes. Knows nothing of the cap. */
export interface EvictionPolicy {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  /** Bytes that the policy keeps for every class that has a sample in memory. */
  readonly classBytes: number;
  /** Takes note of a sample, whether or not it will be kept. */
  observe(sample: Sample): void;
  /** Takes a note back: the sample was something else. */
  unobserve(sample: Sample): void;
  /** No sample of the class is left. */
  forgetClass(name: string): void;
  /** Picks among at least one entry, all of one rank. Deterministic. */
  victim(entries: readonly MemoryEntry[]): MemoryEntry;
  /** State to save. */
  statistics(): readonly ClassStatistic[];
  /** Takes saved state back, in place of the policy's own. */
  restore(statistics: readonly ClassStatistic[]): void;
}

/** What a sample counts as when classes are balanced: its label, or, without one, its cluster as a pseudo class. */
export function memoryClass({ label, clusterId }: Sample): string {
  if (label === null) return `cluster:${clusterId}`;
  return label.kind === 'background' ? 'background' : `${label.kind}:${label.class ?? ''}`;
}

/** The entries of the class that holds the most bytes; among equals, the class whose first entry is the oldest. */
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

/** The entry with the smallest key: a fair draw among the entries, and the same one however often it is asked. */
export function smallestKey(entries: readonly MemoryEntry[]): MemoryEntry {
  let smallest = entries[0];
  for (const entry of entries)
    if (smallest === undefined || entry.key < smallest.key) smallest = entry;
  if (smallest === undefined) throw new Error('No entry to evict');
  return smallest;
}
