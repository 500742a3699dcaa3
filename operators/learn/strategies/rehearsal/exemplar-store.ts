import { type Exemplar, exemplarBytes } from './exemplar.ts';
import type { ClassMove } from '../../strategy.ts';
import type { Packed } from '../gradient/method.ts';

/** Exemplars of one label by id, in order of insertion. */
type Group = ReadonlyMap<string, Exemplar>;

/**
 * Chooses the exemplar to evict. No group is empty; the newcomer is in its group already and may be
 * chosen.
 */
export type ChooseVictim = (
  groups: ReadonlyMap<string | null, readonly Exemplar[]>,
  newcomer: Exemplar | null,
) => Exemplar;

/**
 * The exemplars that a method keeps, grouped by label. Immutable: a change copies the index, but no
 * vectors.
 */
export class ExemplarStore {
  readonly #groups: ReadonlyMap<string | null, Group>;
  readonly bytes: number;
  readonly count: number;

  constructor(exemplars: Iterable<Exemplar> = []) {
    const groups = new Map<string | null, Map<string, Exemplar>>();
    for (const exemplar of exemplars) {
      const group = groups.get(exemplar.label) ?? new Map<string, Exemplar>();
      group.set(exemplar.id, exemplar);
      groups.set(exemplar.label, group);
    }
    this.#groups = groups;
    let bytes = 0;
    let count = 0;
    for (const group of groups.values()) {
      for (const exemplar of group.values()) bytes += exemplarBytes(exemplar);
      count += group.size;
    }
    this.bytes = bytes;
    this.count = count;
  }

  /** Labels with exemplars, null included, in order of first appearance. */
  get labels(): readonly (string | null)[] {
    return [...this.#groups.keys()];
  }

  /** The exemplars of a label, oldest first. */
  ofLabel(label: string | null): readonly Exemplar[] {
    return [...(this.#groups.get(label)?.values() ?? [])];
  }

  /** All exemplars, label after label. */
  all(): readonly Exemplar[] {
    return this.labels.flatMap((label) => this.ofLabel(label));
  }

  /** The store without these exemplars; ones that it does not hold are ignored. */
  without(
    removed: readonly { readonly id: string; readonly label: string | null }[],
  ): ExemplarStore {
    if (removed.length === 0) return this;
    const keys = new Set(removed.map(({ id, label }) => keyOf(id, label)));
    return new ExemplarStore(this.all().filter(({ id, label }) => !keys.has(keyOf(id, label))));
  }

  /** The store with the exemplars of one class as those of another, or without them for null. */
  moved({ from, to }: ClassMove): ExemplarStore {
    if (from === to || !this.#groups.has(from)) return this;
    const others = this.labels.filter((label) => label !== from);
    const kept = others.flatMap((label) => this.ofLabel(label));
    const moving = to === null ? [] : this.ofLabel(from).map((held) => ({ ...held, label: to }));
    return new ExemplarStore([...kept, ...moving]);
  }

  /**
   * The store with newcomers inserted one by one; after each, `chooseVictim` evicts exemplars until
   * all fit in `bytesMax`. Evicts without newcomers too, because the bound may have fallen.
   * Infinity means 16 MiB.
   */
  fit(newcomers: readonly Exemplar[], bytesMax: number, chooseVictim: ChooseVictim): ExemplarStore {
    const groups: Groups = new Map(this.labels.map((label) => [label, [...this.ofLabel(label)]]));
    const limit = Number.isFinite(bytesMax) ? bytesMax : unboundedBytes;
    let { bytes } = this;
    const evict = (victim: Exemplar): void => {
      const group = groups.get(victim.label)!;
      group.splice(group.indexOf(victim), 1);
      if (group.length === 0) groups.delete(victim.label);
      bytes -= exemplarBytes(victim);
    };
    const shrink = (newcomer: Exemplar | null): void => {
      while (bytes > limit && groups.size > 0) evict(chooseVictim(groups, newcomer));
    };
    for (const newcomer of newcomers) {
      const group = groups.get(newcomer.label) ?? [];
      const same = group.find(({ id }) => id === newcomer.id);
      if (same !== undefined) evict(same);
      group.push(newcomer);
      groups.set(newcomer.label, group);
      bytes += exemplarBytes(newcomer);
      shrink(newcomer);
    }
    shrink(null);
    return new ExemplarStore([...groups.values()].flat());
  }

  /** Header and vectors for a file, to be read by {@link unpackStore}. */
  pack(): Packed {
    const exemplars = this.all();
    return {
      header: exemplars.map(({ id, label, cells, crops, payload }): Entry => [
        id,
        label,
        cells,
        crops,
        payload.length,
        payload.BYTES_PER_ELEMENT,
      ]),
      blobs: exemplars.map(({ payload }) => payload),
    };
  }
}

type Entry = readonly [
  id: string,
  label: string | null,
  cells: number,
  crops: number,
  values: number,
  bytesPerValue: number,
];

/** The inverse of {@link ExemplarStore.pack}. */
export function unpackStore(header: unknown, take: (length: number) => ArrayBuffer): ExemplarStore {
  const entries = header as readonly Entry[];
  return new ExemplarStore(
    entries.map(([id, label, cells, crops, values, bytesPerValue]) => {
      const buffer = take(values * bytesPerValue);
      const payload = bytesPerValue === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer);
      return { id, label, cells, crops, payload };
    }),
  );
}

const unboundedBytes = 2 ** 24;

type Groups = Map<string | null, Exemplar[]>;

/**
 * The label with the most exemplars; of several, the newcomer's if it is among them, else the
 * oldest.
 */
export function largestGroup(
  groups: ReadonlyMap<string | null, readonly Exemplar[]>,
  newcomer: Exemplar | null,
): readonly Exemplar[] {
  let largest = newcomer === null ? [] : (groups.get(newcomer.label) ?? []);
  for (const group of groups.values()) if (group.length > largest.length) largest = group;
  return largest;
}

function keyOf(id: string, label: string | null): string {
  return label === null ? `-${id}` : `${label.length}:${label}${id}`;
}
