import { type Exemplar, exemplarBytes } from './exemplar.ts';
import type { Packed } from '../gradient/method.ts';

/** Exemplars of one label, by id, in the order in which they came. */
type Group = ReadonlyMap<string, Exemplar>;

/** Names who is let go: one of the groups' exemplars, none of which is empty. The newcomer is among them, and may be it. */
export type Victim = (
  groups: ReadonlyMap<string | null, readonly Exemplar[]>,
  newcomer: Exemplar | null,
) => Exemplar;

/**
 * The exemplars that a method keeps, grouped by label. Immutable: what changes is copied, an index of
 * references and no vectors.
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

  /** Labels of which there are exemplars, in order of first appearance; null is one of them. */
  get labels(): readonly (string | null)[] {
    return [...this.#groups.keys()];
  }

  /** The exemplars of a label, the earliest first. */
  of(label: string | null): readonly Exemplar[] {
    return [...(this.#groups.get(label)?.values() ?? [])];
  }

  /** All exemplars, label after label. */
  all(): readonly Exemplar[] {
    return this.labels.flatMap((label) => this.of(label));
  }

  /** The store without these, whether it held them or not. */
  without(gone: readonly { readonly id: string; readonly label: string | null }[]): ExemplarStore {
    if (gone.length === 0) return this;
    const keys = new Set(gone.map(({ id, label }) => keyOf(id, label)));
    return new ExemplarStore(this.all().filter(({ id, label }) => !keys.has(keyOf(id, label))));
  }

  /**
   * The store with newcomers, taken in one after the other; each time `victim` names one to let go, until
   * all fit in `bytesMax`. Without newcomers too, because the bound may have fallen. Infinity stands for 16 MiB.
   */
  fit(newcomers: readonly Exemplar[], bytesMax: number, victim: Victim): ExemplarStore {
    const groups: Groups = new Map(this.labels.map((label) => [label, [...this.of(label)]]));
    const limit = Number.isFinite(bytesMax) ? bytesMax : unboundedBytes;
    let { bytes } = this;
    const letGo = (gone: Exemplar): void => {
      const group = groups.get(gone.label)!;
      group.splice(group.indexOf(gone), 1);
      if (group.length === 0) groups.delete(gone.label);
      bytes -= exemplarBytes(gone);
    };
    const shrink = (newcomer: Exemplar | null): void => {
      while (bytes > limit && groups.size > 0) letGo(victim(groups, newcomer));
    };
    for (const newcomer of newcomers) {
      const group = groups.get(newcomer.label) ?? [];
      const same = group.find(({ id }) => id === newcomer.id);
      if (same !== undefined) letGo(same);
      group.push(newcomer);
      groups.set(newcomer.label, group);
      bytes += exemplarBytes(newcomer);
      shrink(newcomer);
    }
    shrink(null);
    return new ExemplarStore([...groups.values()].flat());
  }

  /** Header and vectors for a file; {@link unpackStore} takes them back. */
  pack(): Packed {
    const exemplars = this.all();
    return {
      header: exemplars.map(({ id, label, cells, embeddings, payload }): Entry => [
        id,
        label,
        cells,
        embeddings,
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
  looks: number,
  values: number,
  bytesPerValue: number,
];

/** The store out of what `pack` gave. */
export function unpackStore(header: unknown, take: (length: number) => ArrayBuffer): ExemplarStore {
  const entries = header as readonly Entry[];
  return new ExemplarStore(
    entries.map(([id, label, cells, looks, values, bytesPerValue]) => {
      const buffer = take(values * bytesPerValue);
      const payload = bytesPerValue === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer);
      return { id, label, cells, embeddings: looks, payload };
    }),
  );
}

const unboundedBytes = 2 ** 24;

type Groups = Map<string | null, Exemplar[]>;

/** The label with the most exemplars; of several, that of the newcomer if it is one of them, else the one that came first. */
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
