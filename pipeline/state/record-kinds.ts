import { canonicalJson } from '../../operators/foundation/files/canonical-json.ts';
import type { RecordChange } from '../../operators/foundation/store/record-store.ts';

/**
 * Kinds of records in the store of a state folder. `journal`: entries by position. `sample`: by id.
 * `remade`: samples as other models see their pictures, by id. `head`: bundles by version.
 * `learner`: two copies of the learner's state, written in turn, and `aside`: one of other models.
 * `background`: background that the learner took in, by the position of its `learned` entry.
 * `state`: single facts by name.
 */
export type RecordKind =
  'journal' | 'sample' | 'remade' | 'head' | 'learner' | 'background' | 'state';

/** A number as a key whose code-unit order is the order of the numbers. */
export function numberKey(value: number): string {
  return String(value).padStart(15, '0');
}

export function put(kind: RecordKind, key: string, bytes: Uint8Array): RecordChange {
  return { put: { kind, key, bytes } };
}

export function putJson(kind: RecordKind, key: string, value: unknown): RecordChange {
  return put(kind, key, new TextEncoder().encode(canonicalJson(value)));
}

export function remove(kind: RecordKind, key: string): RecordChange {
  return { remove: { kind, key } };
}

/** Reads the bytes of {@link putJson}. Throws a SyntaxError for others. */
export function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
