import { readFileSync } from 'node:fs';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { pageBytes } from '../../../../../operators/foundation/store/file/database.ts';
import { RecordFile } from '../../../../../operators/foundation/store/file/record-file.ts';
import { verifyRow } from '../../../../../operators/foundation/store/file/record-row.ts';
import {
  columnsOf,
  contentOf,
  leafCells,
} from '../../../../../operators/foundation/store/salvage/leaf-cells.ts';
import type { RecordChange } from '../../../../../operators/foundation/store/stored-record.ts';

/** Records of a store as text, by kind and key. */
export type Contents = Map<string, string>;

/** Changes of a random commit: additions of all sizes, replacements, removals. */
export function randomChanges(random: () => number, contents: Contents): RecordChange[] {
  return Array.from({ length: 1 + Math.floor(random() * 6) }, (): RecordChange => {
    const ids = [...contents.keys()];
    const earlier = ids[Math.floor(random() * ids.length)];
    const isNew = earlier === undefined || random() < 0.5;
    const id = isNew ? `kind${Math.floor(random() * 3)}/key${Math.floor(random() * 1e6)}` : earlier;
    const [kind = '', key = ''] = id.split('/');
    if (!isNew && random() < 0.5) {
      contents.delete(id);
      return { remove: { kind, key } };
    }
    const size = Math.floor(random() * (random() < 0.3 ? 20_000 : 400));
    const text = `${Math.floor(random() * 1e9)} ${id} `.repeat(size).slice(0, size);
    contents.set(id, text);
    return { put: { kind, key, bytes: Buffer.from(text) } };
  });
}

/** Makes a store of random commits at `path`, and returns what is in it. */
export function makeSmallStore(path: string, seed: number, commits: number): Contents {
  const random = seededRandom(seed);
  const contents: Contents = new Map();
  const file = new RecordFile(path);
  for (let commit = 0; commit < commits; commit++) file.commit(randomChanges(random, contents));
  file.close();
  return contents;
}

/** What is in an open file. */
export function contentsOf(file: RecordFile): Contents {
  const contents: Contents = new Map();
  for (const kind of file.kinds()) {
    for (const key of file.keys(kind)) {
      contents.set(`${kind}/${key}`, Buffer.from(file.get(kind, key) ?? []).toString());
    }
  }
  return contents;
}

/** Numbers of the pages in which each record of an intact store lies. */
export function pagesOfRecords(path: string): Map<string, Set<number>> {
  const bytes = readFileSync(path);
  const count = bytes.length / pageBytes;
  const read = (number: number): Buffer =>
    bytes.subarray((number - 1) * pageBytes, number * pageBytes);
  const pages = new Map<string, Set<number>>();
  for (let number = 2; number <= count; number++) {
    for (const cell of leafCells(read(number), count)) {
      const used = new Set([number]);
      const content = contentOf(cell, (next) => {
        used.add(next);
        return read(next);
      });
      const columns = content && columnsOf(content);
      const row = columns && verifyRow(columns);
      if (row) pages.set(`${row.kind}/${row.key}`, used);
    }
  }
  return pages;
}
