import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type {
  RecordStore,
  StoredRecord,
} from '../../../operators/foundation/store/record-store.ts';
import { readJson, type RecordKind } from '../record-kinds.ts';

/** Reads the records of a state. One that cannot be read is reported in one line and left out. */
export class RecordReader {
  readonly #store: Pick<RecordStore, 'list' | 'get'>;
  readonly #onDamaged: (line: string) => void;

  constructor(store: Pick<RecordStore, 'list' | 'get'>, onDamaged: (line: string) => void) {
    this.#store = store;
    this.#onDamaged = onDamaged;
  }

  /** All records of a kind; `decode` throws for one that it cannot use. */
  async list<T>(kind: RecordKind, decode: (bytes: Uint8Array, key: string) => T): Promise<T[]> {
    return this.#read(await this.#store.list(kind), decode);
  }

  /** A fact of the state; empty where there is none. */
  async fact(key: string): Promise<Readonly<Record<string, unknown>>> {
    const bytes = await this.#store.get('state', key);
    const records = bytes === null ? [] : [{ kind: 'state', key, bytes }];
    return this.#read(records, readObject)[0] ?? {};
  }

  #read<T>(records: readonly StoredRecord[], decode: (bytes: Uint8Array, key: string) => T): T[] {
    return records.flatMap(({ kind, key, bytes }) => {
      try {
        return [decode(bytes, key)];
      } catch (error) {
        const reason = messageOf(error);
        this.#onDamaged(`record ${kind} ${key} of the state is left out: ${reason}`);
        return [];
      }
    });
  }
}

/** A whole number from 0; 0 for anything else. */
export function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}

function readObject(bytes: Uint8Array): Record<string, unknown> {
  const value = readJson(bytes);
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new Error('expected an object');
}
