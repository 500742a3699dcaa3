import { createHash } from 'node:crypto';
import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import type { Change, ClassMove, Example } from '../strategy.ts';

/** The classes whose objects a picture labels, sorted. */
export type Labelled = readonly string[];

/** A row that counts as background because its pictures have no label there. */
export interface UnlabelledRow {
  /** Hash of its values, uniform in [0, 1): rows are kept in this order. */
  readonly key: number;
  /** Its values as float16 bits. */
  readonly values: Uint16Array;
  /**
   * What is labelled around it, once for each time that it was added: a picture may come back with
   * labels of other classes. Equal sets of a sample are one object.
   */
  readonly labelled: readonly Labelled[];
}

/** Bytes of a row besides its values: its key, and a reference to each set. */
const keyBytes = 8;
const bytesPerReference = 4;

/** What a sample may hold. */
export interface UnlabelledBounds {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/**
 * A bounded sample of the rows that count as background only because nobody labelled them; see
 * {@link Example.noneOf}. Immutable.
 *
 * It keeps the rows with the smallest hashes, so that it depends on which rows were added, not on
 * their order ("bottom-k sketch", Cohen and Kaplan, 2007). Equal rows are one row, which is none of
 * the classes that any of its pictures labels. A removed row does not bring back those that it had
 * displaced: the sample is smaller then, and still uniform.
 */
export class UnlabelledRows {
  readonly length: number;
  /** In the order of their keys. */
  readonly rows: readonly UnlabelledRow[];
  /** All rows added and not removed, kept or not, each as often as it was added. */
  readonly added: number;
  /** Rows with this key or a larger one may have been dropped. */
  readonly limit: number;

  /** `length`: values per row. */
  constructor(
    length: number,
    rows: readonly UnlabelledRow[] = [],
    added = 0,
    limit = Number.POSITIVE_INFINITY,
  ) {
    this.length = length;
    this.rows = rows;
    this.added = added;
    this.limit = limit;
  }

  get bytes(): number {
    const bytesOf = countBytes();
    return this.rows.reduce((sum, row) => sum + bytesOf(row), 0);
  }

  /**
   * The sample after a change, cut to the bounds. Examples that are not unlabelled are ignored.
   *
   * What is none of a class that became part of another one is none of that one either. The names
   * of classes that are gone are not kept.
   */
  with(
    { added, removed, moved = [] }: Pick<Change, 'added' | 'removed' | 'moved'>,
    bounds: UnlabelledBounds,
  ): UnlabelledRows {
    const shared = shareSets(this.rows.flatMap(({ labelled }) => labelled));
    const rows = new Map(this.rows.map((row) => [row.key, row]));
    let count = this.added;
    for (const { key, values, labelled } of this.#rowsOf(added, shared)) {
      count++;
      if (key >= this.limit) continue;
      const before = rows.get(key)?.labelled ?? [];
      rows.set(key, { key, values, labelled: [...before, ...labelled] });
    }
    for (const { key, labelled } of this.#rowsOf(removed, shared)) {
      const row = rows.get(key);
      // One that is not kept counts only if it may have been dropped.
      if (row === undefined && key < this.limit) continue;
      count = Math.max(0, count - 1);
      if (row === undefined) continue;
      const left = without(row.labelled, labelled[0]!);
      if (left.length > 0) rows.set(key, { ...row, labelled: left });
      else rows.delete(key);
    }
    // Once all are removed, none is missing from the sample any more.
    if (count === 0 && rows.size === 0) return new UnlabelledRows(this.length);
    return this.#cut([...rows.values()].map(movedRow(moved, shared)), count, bounds);
  }

  /**
   * The sample of the rows of both, cut to the bounds: what one sample of all rows would be, as far
   * as neither has dropped any. A row that both were given counts twice.
   */
  plus(other: UnlabelledRows, bounds: UnlabelledBounds): UnlabelledRows {
    const all = [...this.rows, ...other.rows];
    const limit = Math.min(this.limit, other.limit);
    const shared = shareSets(all.flatMap(({ labelled }) => labelled));
    const rows = new Map<number, UnlabelledRow>();
    for (const row of all) {
      if (row.key >= limit) continue;
      const labelled = [...(rows.get(row.key)?.labelled ?? []), ...row.labelled].map(shared);
      rows.set(row.key, { ...row, labelled: labelled.sort(inOrder) });
    }
    const empty = new UnlabelledRows(this.length, [], 0, limit);
    return empty.#cut([...rows.values()], this.added + other.added, bounds);
  }

  #cut(
    rows: UnlabelledRow[],
    added: number,
    { rowsMax, bytesMax }: UnlabelledBounds,
  ): UnlabelledRows {
    rows.sort((a, b) => a.key - b.key);
    const bytesOf = countBytes();
    let bytes = 0;
    const tooMany = rows.findIndex((row, i) => i >= rowsMax || (bytes += bytesOf(row)) > bytesMax);
    if (tooMany < 0) return new UnlabelledRows(this.length, rows, added, this.limit);
    const { key } = rows[tooMany]!;
    return new UnlabelledRows(this.length, rows.slice(0, tooMany), added, key);
  }

  *#rowsOf(
    examples: readonly Example[],
    shared: (names: readonly string[]) => Labelled,
  ): Generator<UnlabelledRow, void> {
    const { length } = this;
    for (const { label, embeddings, noneOf } of examples) {
      if (label !== null || noneOf === undefined) continue;
      const labelled = [shared(noneOf)];
      for (let start = 0; start < embeddings.length; start += length) {
        const values = packFloat16(embeddings.subarray(start, start + length));
        yield { key: keyOf(values), values, labelled };
      }
    }
  }
}

/** A row's values as numbers. */
export function valuesOf({ values }: UnlabelledRow): Float32Array {
  return unpackFloat16(values);
}

/** Returns the one object for each set of names, in any order; `known` are such objects. */
function shareSets(known: readonly Labelled[]): (names: readonly string[]) => Labelled {
  const sets = new Map<string, Labelled>();
  for (const set of new Set(known)) sets.set(JSON.stringify(set), set);
  // Examples of one picture, and often of all, have the same array of names.
  const seen = new Map<readonly string[], Labelled>();
  return (names) => {
    const before = seen.get(names);
    if (before !== undefined) return before;
    const sorted = [...new Set(names)].sort();
    const text = JSON.stringify(sorted);
    const set = sets.get(text) ?? sorted;
    sets.set(text, set);
    seen.set(names, set);
    return set;
  };
}

/** Brings a row to its classes after moves, and its sets into one order. */
function movedRow(
  moved: readonly ClassMove[],
  shared: (names: readonly string[]) => Labelled,
): (row: UnlabelledRow) => UnlabelledRow {
  const after = (labelled: Labelled): Labelled => {
    const names = new Set(labelled);
    for (const { from, to } of moved) if (names.delete(from) && to !== null) names.add(to);
    return shared([...names]);
  };
  return (row) => {
    if (moved.length === 0 && row.labelled.length === 1) return row;
    const labelled = row.labelled.map(after);
    return { ...row, labelled: labelled.sort(inOrder) };
  };
}

function inOrder(a: Labelled, b: Labelled): number {
  if (a === b) return 0;
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** The sets without this one, or without any one where classes moved since it was added. */
function without(labelled: readonly Labelled[], gone: Labelled): readonly Labelled[] {
  const at = Math.max(0, labelled.indexOf(gone));
  return labelled.toSpliced(at, 1);
}

/** Counts the bytes of one row after another; a set counts with the first row that has it. */
function countBytes(): (row: UnlabelledRow) => number {
  const counted = new Set<Labelled>();
  return ({ values, labelled }) => {
    let bytes = values.byteLength + keyBytes + bytesPerReference * labelled.length;
    for (const set of labelled) {
      if (!counted.has(set)) bytes += bytesPerReference * set.length;
      counted.add(set);
    }
    return bytes;
  };
}

/** 48 bits of a hash: two of a million rows are mistaken for one with a chance of 0.2 %. */
function keyOf(values: Uint16Array): number {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha256').update(bytes).digest().readUIntBE(0, 6) / 2 ** 48;
}
