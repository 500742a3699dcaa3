import { createHash } from 'node:crypto';

/** Bytes of a row's checksum: the start of a SHA-256 of its kind, key and bytes. */
export const checksumBytes = 16;

/** The checksum of a row; a kind or key contains no U+0000, so that the parts can't be confused. */
export function checksumOf(kind: string, key: string, bytes: Uint8Array): Buffer {
  const hash = createHash('sha256').update(`${kind}\0${key}\0`, 'utf8').update(bytes);
  return hash.digest().subarray(0, checksumBytes);
}

/** The parts of a row as they stand in the file: text in UTF-8. */
export interface RowParts {
  readonly kind: Uint8Array;
  readonly key: Uint8Array;
  readonly checksum: Uint8Array;
  readonly bytes: Uint8Array;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A row whose checksum is right; null for any other. `bytes` is a view of the row's. */
export function verifyRow({ kind, key, checksum, bytes }: RowParts): {
  readonly kind: string;
  readonly key: string;
  readonly bytes: Uint8Array;
} | null {
  if (checksum.byteLength !== checksumBytes) return null;
  try {
    const row = { kind: utf8.decode(kind), key: utf8.decode(key), bytes };
    return checksumOf(row.kind, row.key, bytes).equals(checksum) ? row : null;
  } catch {
    // The kind or key is no UTF-8.
    return null;
  }
}
