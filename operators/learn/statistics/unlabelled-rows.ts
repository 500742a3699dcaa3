import { createHash } from 'node:crypto';
import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import type { ClassMove, Example } from '../strategy.ts';

/** A row that counts as background because its picture has no label there. */
export interface UnlabelledRow {
  /** Hash of its values, uniform in [0, 1): rows are kept in this order. */
  readonly key: number;
  /** Its values as float16 bits. */
  readonly values: Uint16Array;
  /** How often it was added: a picture may come back with labels of other classes. */
  readonly times: number;
  /** Classes that it is none of, sorted. */
  readonly noneOf: readonly string[];
}

/** Bytes of a row besides its values: key and times, and a reference to each class. */
const fixedBytes = 16;
const bytesPerName = 4;

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
    return this.rows.reduce((sum, row) => sum + bytesOf(row), 0);
  }

  /** The sample after examples were added and removed, cut to the bounds. Others are ignored. */
  with(
    change: { readonly added: readonly Example[]; readonly removed: readonly Example[] },
    bounds: UnlabelledBounds,
  ): UnlabelledRows {
    const rows = new Map(this.rows.map((row) => [row.key, row]));
    let { added } = this;
    for (const row of this.#rowsOf(change.added)) {
      added++;
      if (row.key < this.limit) rows.set(row.key, joined(rows.get(row.key), row));
    }
    for (const { key } of this.#rowsOf(change.removed)) {
      added = Math.max(0, added - 1);
      const row = rows.get(key);
      if (row === undefined) continue;
      if (row.times > 1) rows.set(key, { ...row, times: row.times - 1 });
      else rows.delete(key);
    }
    return this.#cut(rows, added, bounds);
  }

  /** The sample after classes became part of others, or were dropped. */
  moved(moves: readonly ClassMove[]): UnlabelledRows {
    if (moves.length === 0) return this;
    const nameOf = (name: string): string | null =>
      moves.reduce<string | null>((now, { from, to }) => (now === from ? to : now), name);
    const rows = this.rows.map((row) => ({
      ...row,
      noneOf: sortedNames(row.noneOf.map(nameOf).filter((name) => name !== null)),
    }));
    return new UnlabelledRows(this.length, rows, this.added, this.limit);
  }

  #cut(
    rows: ReadonlyMap<number, UnlabelledRow>,
    added: number,
    { rowsMax, bytesMax }: UnlabelledBounds,
  ): UnlabelledRows {
    const ordered = [...rows.values()].sort((a, b) => a.key - b.key);
    let bytes = 0;
    const tooMany = ordered.findIndex(
      (row, i) => i >= rowsMax || (bytes += bytesOf(row)) > bytesMax,
    );
    if (tooMany < 0) return new UnlabelledRows(this.length, ordered, added, this.limit);
    const { key } = ordered[tooMany]!;
    return new UnlabelledRows(this.length, ordered.slice(0, tooMany), added, key);
  }

  *#rowsOf(examples: readonly Example[]): Generator<UnlabelledRow, void> {
    const { length } = this;
    for (const { label, embeddings, noneOf } of examples) {
      if (label !== null || noneOf === undefined) continue;
      const names = sortedNames(noneOf);
      for (let start = 0; start < embeddings.length; start += length) {
        const values = packFloat16(embeddings.subarray(start, start + length));
        yield { key: keyOf(values), values, times: 1, noneOf: names };
      }
    }
  }
}

/** A row's values as numbers. */
export function valuesOf({ values }: UnlabelledRow): Float32Array {
  return unpackFloat16(values);
}

function bytesOf({ values, noneOf }: UnlabelledRow): number {
  return values.byteLength + fixedBytes + bytesPerName * noneOf.length;
}

function joined(held: UnlabelledRow | undefined, row: UnlabelledRow): UnlabelledRow {
  if (held === undefined) return row;
  const noneOf = sortedNames([...held.noneOf, ...row.noneOf]);
  return { ...held, times: held.times + row.times, noneOf };
}

function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

/** 48 bits of a hash: two of a million rows are mistaken for one with a chance of 0.2 %. */
function keyOf(values: Uint16Array): number {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha256').update(bytes).digest().readUIntBE(0, 6) / 2 ** 48;
}
