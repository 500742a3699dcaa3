import { StateError } from '../files/state-error.ts';
import { serveCalls, workerSetup } from '../threads/worker-server.ts';
import { FileStore } from './file-store.ts';
import { failureOf, type StoreCalls, type StoreSetup } from './store-calls.ts';

const { path } = workerSetup() as StoreSetup;
let store: FileStore | undefined;

/** The store, once `open` has succeeded. */
function opened(): FileStore {
  if (store === undefined) throw new Error('the record store is not open');
  return store;
}

serveCalls<StoreCalls, null>({
  ready: null,
  order: 'sequential',
  handlers: {
    open: ({ epoch }) => {
      try {
        store = FileStore.open(path, epoch);
        return { damage: store.damage, epoch: store.epoch };
      } catch (error) {
        if (error instanceof StateError) return { failure: failureOf(error) };
        throw error;
      }
    },
    commit: ({ commits }) => ({ outcomes: opened().commit(commits) }),
    list: ({ kind, from }) => opened().list(kind, from),
    get: ({ kind, key }) => ({ bytes: opened().get(kind, key) }),
    copy: ({ temporary, path: target }) => ({ failure: opened().copy(temporary, target) }),
  },
  close: async () => store?.close(),
});
