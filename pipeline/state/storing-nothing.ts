import type { RecordStore } from '../../operators/foundation/store/record-store.ts';

/** The store of a state without a folder: what is committed stays in the process only. */
export const storingNothing: RecordStore = {
  damage: [],
  /** Never resolves. */
  lost: new Promise<Error>(() => undefined),
  commit: () => Promise.resolve(),
  list: () => Promise.resolve([]),
  get: () => Promise.resolve(null),
  backup: () => Promise.reject(new Error('there is no state folder to copy')),
  close: () => Promise.resolve(),
};
