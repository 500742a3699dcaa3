export interface StoredRecord {
  readonly kind: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}
export type RecordChange =
  | { readonly put: StoredRecord }
  | { readonly remove: { readonly kind: string; readonly key: string } };
export interface RecordStore {
  commit(changes: readonly RecordChange[]): Promise<void>;
  list(kind: string): Promise<readonly StoredRecord[]>;
  get(kind: string, key: string): Promise<Uint8Array | null>;
  backup(path: string): Promise<void>;
  readonly damage: readonly string[];
  readonly lost: Promise<Error>;
  close(): Promise<void>;
}
export class MemoryRecordStore implements RecordStore {
  readonly damage: readonly string[] = [];
  readonly lost = new Promise<Error>(() => undefined);
  readonly #records = new Map<string, StoredRecord>();
  async commit(changes: readonly RecordChange[]): Promise<void> {
    for (const change of changes) {
      if ('put' in change) this.#records.set(`${change.put.kind}\n${change.put.key}`, change.put);
      else this.#records.delete(`${change.remove.kind}\n${change.remove.key}`);
    }
  }
  async list(kind: string): Promise<readonly StoredRecord[]> {
    return [...this.#records.values()]
      .filter((r) => r.kind === kind)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }
  async get(kind: string, key: string): Promise<Uint8Array | null> {
    return this.#records.get(`${kind}\n${key}`)?.bytes ?? null;
  }
  async backup(): Promise<void> {}
  async close(): Promise<void> {}
}
export async function openRecordStore(_path: string): Promise<RecordStore> {
  return new MemoryRecordStore();
}
