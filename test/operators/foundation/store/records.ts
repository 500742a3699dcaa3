import type { RecordChange } from '../../../../operators/foundation/store/record-store.ts';

/** Adds a record whose bytes are a text in UTF-8. */
export function put(kind: string, key: string, content: string): RecordChange {
  return { put: { kind, key, bytes: new TextEncoder().encode(content) } };
}

export function remove(kind: string, key: string): RecordChange {
  return { remove: { kind, key } };
}

/** The text of a record's bytes. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
