import { StateError } from '../files/state-error.ts';

/** One record of a store. A kind and a key name at most one record. */
export interface StoredRecord {
  /** What the record is, such as `sample`: 1–64 characters. */
  readonly kind: string;
  /** The record among those of its kind: 1–512 characters. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** One step of a commit: adds or replaces a record, or removes one if it is there. */
export type RecordChange =
  | { readonly put: StoredRecord }
  | { readonly remove: { readonly kind: string; readonly key: string } };

/** Length of a kind and of a key, in UTF-16 code units. */
export const recordNameMax = { kind: 64, key: 512 } as const;

/** Bytes of one record. */
export const recordBytesMax = 512 * 2 ** 20;

/**
 * Throws a `StateError` `unwritable` for a change that no store accepts: a kind or key that is
 * empty, too long or contains U+0000 or half a surrogate pair, or too many bytes.
 */
export function assertStorable(change: RecordChange, path: string): void {
  const { kind, key } = 'put' in change ? change.put : change.remove;
  assertName('kind', kind, path);
  assertName('key', key, path);
  if (!('put' in change)) return;
  const { byteLength } = change.put.bytes;
  if (byteLength > recordBytesMax) {
    const most = `${recordBytesMax / 2 ** 20} MiB at most`;
    const reason = `it has ${byteLength} bytes, ${most}`;
    throw new StateError('unwritable', path, `${path} can't take record ${kind} ${key}: ${reason}`);
  }
}

/** The changes with copies of their bytes, so that the caller may go on to use its arrays. */
export function copyChanges(changes: readonly RecordChange[]): RecordChange[] {
  return changes.map((change) =>
    'put' in change
      ? { put: { ...change.put, bytes: new Uint8Array(change.put.bytes) } }
      : { remove: change.remove },
  );
}

function assertName(part: 'kind' | 'key', name: string, path: string): void {
  const max = recordNameMax[part];
  if (name.length >= 1 && name.length <= max && !name.includes('\0') && isWellFormed(name)) return;
  const expected = `expected 1–${max} characters without U+0000`;
  const message = `${path} can't take a record with the ${part} ${JSON.stringify(name.slice(0, 80))}: ${expected}`;
  throw new StateError('unwritable', path, message);
}

/** Half a surrogate pair has no UTF-8 form, so that it would be read back as another character. */
function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
