import { StateError } from '../../../operators/foundation/files/state-error.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  MemoryRecordStore,
  type RecordChange,
  type RecordStore,
} from '../../../operators/foundation/store/record-store.ts';
import { createMemory, type MemoryPolicy } from '../../../operators/remember/create-memory.ts';
import { DurableIds } from '../../../pipeline/state/durable-ids.ts';
import { putJson } from '../../../pipeline/state/record-kinds.ts';
import { restoreState } from '../../../pipeline/state/restore/restore-state.ts';
import { State } from '../../../pipeline/state/state.ts';

/** A store that outlives its users, and rejects commits while a test wants it to. */
export class TestStore extends MemoryRecordStore {
  failing = false;
  readonly committed: (readonly RecordChange[])[] = [];

  override async commit(changes: readonly RecordChange[]): Promise<void> {
    if (this.failing) throw new StateError('unwritable', 'state', 'the disk is full');
    await super.commit(changes);
    this.committed.push(changes);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  /** Replaces a record by these bytes or this text. */
  async overwrite(kind: string, key: string, content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await super.commit([{ put: { kind, key, bytes } }]);
  }

  async lose(kind: string, key: string): Promise<void> {
    await super.commit([{ remove: { kind, key } }]);
  }
}

/** Opens the state in a store, as a run does with the store of its folder. */
export async function openStateOn(
  store: RecordStore,
  {
    bytesMax = 2 ** 24,
    keep = 20,
    policy = 'balanced',
    warnings = [],
    removeCopies = () => Promise.resolve(),
  }: {
    bytesMax?: number;
    keep?: number;
    policy?: MemoryPolicy;
    warnings?: string[];
    removeCopies?: () => Promise<void>;
  } = {},
): Promise<State> {
  let state: State | null = null;
  const memory = createMemory(policy, bytesMax, seededRandom(1), (change) =>
    state?.noteMemory(change),
  );
  const onDamaged = (line: string): void => void warnings.push(line);
  const restored = await restoreState(store, { memory, keep, onDamaged });
  const ids = new DurableIds(restored.marks, (marks) =>
    store.commit([putJson('state', 'ids', marks)]),
  );
  await ids.reserve();
  state = new State({ ...restored, store, memory, ids, removeCopies });
  return state;
}
