import { StateError } from '../files/state-error.ts';
import type { RecordChange } from './stored-record.ts';

/** What the store's thread is started with. */
export interface StoreSetup {
  readonly path: string;
}

/** An error that crosses threads: a {@link StateError}. */
export interface Failure {
  readonly code: StateError['code'];
  readonly path: string;
  readonly message: string;
}

/** A part of the records of one kind: keys and their bytes, which are transferred. */
export interface ListedRecords {
  readonly keys: readonly string[];
  readonly bytes: readonly Uint8Array[];
  /** Where to go on; null at the end. */
  readonly next: number | null;
}

/** What opening has found. */
export interface OpenedStore {
  /** One line for each thing that was set aside. */
  readonly damage: readonly string[];
  /** Number that each opening raises. */
  readonly epoch: number;
}

/** The calls of the store's thread. */
export interface StoreCalls {
  /** Takes the lock and opens the file; with `epoch`, only if nobody has opened it since. */
  open: { in: { readonly epoch: number | null }; out: OpenedStore | { readonly failure: Failure } };
  /** One outcome a commit, in their order: null for a durable one. */
  commit: {
    in: { readonly commits: readonly (readonly RecordChange[])[] };
    out: { readonly outcomes: readonly (Failure | null)[] };
  };
  /** A part of the records of a kind, from the position `from` among its keys. */
  list: { in: { readonly kind: string; readonly from: number }; out: ListedRecords };
  get: {
    in: { readonly kind: string; readonly key: string };
    out: { readonly bytes: Uint8Array | null };
  };
  /** Copies the file, as it is after the commits so far, to `temporary`; `path` is for messages. */
  copy: {
    in: { readonly temporary: string; readonly path: string };
    out: { readonly failure: Failure | null };
  };
}

/** The error that a failure stands for. */
export function errorOf({ code, path, message }: Failure): StateError {
  return new StateError(code, path, message);
}

/** The failure that stands for an error; errors of other kinds become `unwritable`. */
export function failureOf(error: StateError): Failure {
  return { code: error.code, path: error.path, message: error.message };
}
