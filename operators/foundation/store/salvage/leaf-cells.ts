import { pageBytes, tableLeaf } from '../file/database.ts';
import type { RowParts } from '../file/record-row.ts';

/** Reads a page by its number from 1; null if there is none. */
export type ReadPage = (number: number) => Uint8Array | null;

/** A row as it stands in a page: the start of its content, and where the rest is. */
export interface LeafCell {
  /** Bytes of the whole row. */
  readonly length: number;
  /** The part in this page. */
  readonly local: Uint8Array;
  /** First overflow page; 0 for a row that is in this page completely. */
  readonly overflow: number;
}

/** A row with more bytes than this continues in overflow pages. */
const localMax = pageBytes - 35;
/** Bytes that stay in the page at least. */
const localMin = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
/** Content of an overflow page, behind the number of the next one. */
const overflowBytes = pageBytes - 4;

/**
 * The rows that a table page points at, as far as they lie in it. None for pages of other types.
 * Source: https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
export function* leafCells(page: Uint8Array, pageCount: number): Generator<LeafCell> {
  if (page[0] !== tableLeaf || page.byteLength < pageBytes) return;
  const view = new DataView(page.buffer, page.byteOffset, pageBytes);
  const cells = Math.min(view.getUint16(3), (pageBytes - 8) / 2);
  for (let index = 0; index < cells; index++) {
    const cell = leafCell(page, view.getUint16(8 + 2 * index), pageCount);
    if (cell !== null) yield cell;
  }
}

function leafCell(page: Uint8Array, at: number, pageCount: number): LeafCell | null {
  const length = readVarint(page, at);
  const rowid = length && readVarint(page, length.end);
  if (!length || !rowid || length.value > pageCount * pageBytes) return null;
  if (length.value <= localMax) {
    const local = page.subarray(rowid.end, rowid.end + length.value);
    return { length: length.value, local, overflow: 0 };
  }
  const filled = localMin + ((length.value - localMin) % overflowBytes);
  const end = rowid.end + (filled <= localMax ? filled : localMin);
  if (end + 4 > pageBytes) return null;
  const overflow = new DataView(page.buffer, page.byteOffset).getUint32(end);
  return { length: length.value, local: page.subarray(rowid.end, end), overflow };
}

/** The content of a row, its overflow pages included; null if they are not all there. */
export function contentOf(
  { length, local, overflow }: LeafCell,
  read: ReadPage,
): Uint8Array | null {
  if (overflow === 0) return local.byteLength === length ? local : null;
  const content = new Uint8Array(length);
  content.set(local);
  let next = overflow;
  for (let at = local.byteLength; at < length; at += overflowBytes) {
    const page = next === 0 ? null : read(next);
    if (page === null || page.byteLength < 4) return null;
    // A page that is cut short at the end of the file may still have all that is needed.
    const part = page.subarray(4, 4 + Math.min(overflowBytes, length - at));
    if (part.byteLength < Math.min(overflowBytes, length - at)) return null;
    content.set(part, at);
    next = new DataView(page.buffer, page.byteOffset).getUint32(0);
  }
  return content;
}

/**
 * The four columns of a record; null for anything else.
 * Source: https://www.sqlite.org/fileformat2.html#record_format
 */
export function columnsOf(content: Uint8Array): RowParts | null {
  const header = readVarint(content, 0);
  if (header === null) return null;
  const parts: Uint8Array[] = [];
  let at = header.end;
  let end = header.value;
  while (at < header.value) {
    const type = readVarint(content, at);
    // Types from 12 are blobs (even) and texts (odd).
    if (type === null || type.value < 12) return null;
    const length = Math.floor((type.value - 12) / 2);
    parts.push(content.subarray(end, end + length));
    at = type.end;
    end += length;
  }
  const [kind, key, checksum, bytes] = parts;
  if (!kind || !key || !checksum || !bytes || parts.length > 4 || end !== content.length)
    return null;
  return { kind, key, checksum, bytes };
}

/** A variable-length integer: 7 bits a byte, the highest bit set in all but the last of 1–9. */
function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return null;
    // The ninth byte has 8 bits. Beyond 2^53 the value is inexact, and no length.
    value = index === 8 ? value * 256 + byte : value * 128 + (byte & 0x7f);
    if (byte < 0x80 || index === 8) return { value, end: at + index + 1 };
  }
  return null;
}
