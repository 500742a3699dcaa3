import { liftRows } from '../../../detect/heads/lift.ts';
import { codeUnitOrder } from '../../../foundation/files/code-unit-order.ts';
import { unpackFloat16 } from '../../../foundation/numbers/float16.ts';
import type { KernelRows, RowSource } from '../../solvers/kernel-matrix.ts';
import { ExemplarStore } from './exemplar-store.ts';
import { exemplarBytes, type Exemplar } from './exemplar.ts';

/** The crop embeddings of all exemplars, in an order that their ids and a seed determine. */
export interface KeptRows extends KernelRows {
  /** Label of each row; null: none of the classes. */
  readonly labels: readonly (string | null)[];
}

/** Exemplars whose embeddings are unpacked between two pauses: a few milliseconds. */
const unpackedAtOnce = 200;

/**
 * A number for an id, uniform in 0..2³²−1: any order by it is a random one, but always the same,
 * whatever else there is. FNV-1a (Fowler, Noll and Vo), mixed as in MurmurHash3 (Appleby).
 */
export function rankOf(seed: number, id: string, row = 0): number {
  let hash = Math.imul(0x811c9dc5 ^ seed, 0x01000193);
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ row, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The store cut to `bytesMax` bytes. Exemplars go one by one, each the last of a group by
 * {@link rankOf}: of what is none of the classes while that has more than `negativeShare` of all
 * exemplars, else of the largest class. What stays is a random choice of each class. Among
 * exemplars of one size it does not depend on the order in which they came; with several sizes an
 * earlier cut may drop a small one that a later cut would have kept.
 */
export function keepWithin(
  store: ExemplarStore,
  bytesMax: number,
  seed: number,
  negativeShare: number,
): ExemplarStore {
  let { bytes, count } = store;
  if (bytes <= bytesMax) return store;
  const groups = store.labels.map((label) => {
    const ranked = store.ofLabel(label).map((held) => ({ held, rank: rankOf(seed, held.id) }));
    return {
      label,
      ranked: ranked.sort((a, b) => a.rank - b.rank || codeUnitOrder(a.held.id, b.held.id)),
    };
  });
  const negatives = groups.find(({ label }) => label === null)?.ranked ?? [];
  const classes = groups.filter(({ label }) => label !== null).map(({ ranked }) => ranked);
  const gone = new Set<Exemplar>();
  while (bytes > bytesMax && count > 0) {
    const largest = classes.reduce((most, ranked) => (isBefore(most, ranked) ? ranked : most), []);
    const isExcess = negatives.length > negativeShare * count || largest.length === 0;
    const { held } = (isExcess ? negatives : largest).pop()!;
    gone.add(held);
    bytes -= exemplarBytes(held);
    count--;
  }
  return new ExemplarStore(store.all().filter((held) => !gone.has(held)));
}

/** Whether b has more exemplars than a or, with as many, a last one of higher rank. */
function isBefore(a: readonly { rank: number }[], b: readonly { rank: number }[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  return b.length > 0 && a.at(-1)!.rank < b.at(-1)!.rank;
}

/**
 * Signed roots of all embeddings of the store, of `length` values and unit length, by
 * {@link rankOf}. Its exemplars have no cells. Yields every few milliseconds.
 */
export function* keptRows(
  store: ExemplarStore,
  length: number,
  seed: number,
): Generator<void, KeptRows> {
  const all = store.all().flatMap(({ id, label, crops, payload }) =>
    Array.from({ length: crops }, (_, at) => ({
      id,
      label,
      rank: rankOf(seed, id, at),
      source: { of: payload, at },
    })),
  );
  all.sort((a, b) => a.rank - b.rank || codeUnitOrder(a.id, b.id) || a.source.at - b.source.at);
  yield;
  const values = new Float32Array(all.length * length);
  for (const [row, { source }] of all.entries()) {
    if (row > 0 && row % unpackedAtOnce === 0) yield;
    values.set(rootsOf(source, length), row * length);
  }
  return {
    values,
    length,
    sources: all.map(({ source }) => source),
    labels: all.map(({ label }) => label),
  };
}

function rootsOf({ of, at }: RowSource, length: number): Float32Array {
  // Exemplars without cells hold nothing but embeddings, as float16.
  const halves = (of as Uint16Array).subarray(at * length, (at + 1) * length);
  return liftRows({ kind: 'root' }, unpackFloat16(halves), length);
}

/**
 * The rows that may be centres, in ascending order, at most `centresMax`: the first of each label,
 * as many of one class as of another while there are any. Negatives get `negativeShare` of them.
 */
export function chooseCentres(
  labels: readonly (string | null)[],
  centresMax: number,
  negativeShare: number,
): Int32Array {
  if (labels.length <= centresMax) return Int32Array.from(labels, (_, row) => row);
  const groups = new Map<string | null, number[]>();
  for (const [row, label] of labels.entries()) {
    const group = groups.get(label) ?? [];
    group.push(row);
    groups.set(label, group);
  }
  const negatives = groups.get(null) ?? [];
  groups.delete(null);
  const ofClasses = labels.length - negatives.length;
  const negativesMax = Math.max(Math.floor(centresMax * negativeShare), centresMax - ofClasses);
  const chosen = negatives.slice(0, negativesMax);
  for (let place = 0; chosen.length < centresMax && place < labels.length; place++) {
    for (const group of groups.values()) {
      const row = group[place];
      if (row !== undefined && chosen.length < centresMax) chosen.push(row);
    }
  }
  return Int32Array.from(chosen).sort();
}
