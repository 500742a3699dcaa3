import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyHead } from '../../operators/detect/heads/score.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { StateError } from '../../operators/foundation/files/state-error.ts';
import { stateFailure } from '../../operators/foundation/files/state-file.ts';
import { writeAtomically } from '../../operators/foundation/files/write-atomically.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import type { CappedMemory } from '../../operators/remember/capped-memory.ts';
import {
  createMemory,
  loadMemory,
  type MemoryPolicy,
} from '../../operators/remember/create-memory.ts';
import { saveMemory } from '../../operators/remember/memory-file.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import { MemoryHeadStore, type HeadStore } from '../../operators/swap/store/head-store.ts';
import { openHeadStore } from '../../operators/swap/store/open-head-store.ts';
import { restoreHeadHistory } from '../../operators/swap/store/restore-head-history.ts';
import { lockState } from './lock-state.ts';

export interface StateOptions {
  /** State folder; null keeps the state in the process only. */
  readonly dir: string | null;
  /** Newest heads kept for rollback. */
  readonly keepVersions: number;
  /** Eviction policy of the sample memory. */
  readonly policy: MemoryPolicy;
  /** Cap of the sample memory in bytes. */
  readonly bytesMax: number;
  readonly random: () => number;
  /** Called with a one-line message for each damaged head that is left out. */
  readonly onDamaged: (message: string) => void;
}

/** The state that a run starts from and leaves behind: heads, samples and learner state. */
export interface State {
  readonly heads: HeadHistory;
  readonly store: HeadStore;
  readonly memory: CappedMemory;
  /** Writes samples and learner state; heads are saved on acceptance. Rejects with StateError. */
  save(learner: Pick<Learner, 'save'>): Promise<void>;
  /** Restores the saved learner state, if there is any. Rejects with a StateError. */
  restoreLearner(learner: Pick<Learner, 'restore' | 'strategy'>): Promise<void>;
  /** The saved learner state, for a learner that is restarted; null where there is none. */
  savedLearner(): Promise<Uint8Array | null>;
  /** Releases the lock of the folder; nothing may be written afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a state folder, creating it if necessary, and locks it until `close`. Without a folder, the
 * state lives as long as the process.
 *
 * Rejects with a {@link StateError} when the folder cannot be used, another process holds it, or
 * its contents cannot be read.
 */
export async function openState(options: StateOptions): Promise<State> {
  // Two writers would overwrite each other's state.
  const release = options.dir === null ? async () => undefined : await lockState(options.dir);
  try {
    return { ...(await readState(options)), close: release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function readState(options: StateOptions): Promise<Omit<State, 'close'>> {
  const { dir, keepVersions, policy, bytesMax, random } = options;
  const store =
    dir === null
      ? new MemoryHeadStore(keepVersions)
      : await openHeadStore(dir, { keep: keepVersions });
  const heads = await restoreHeadHistory(store, emptyHead(), (error) =>
    options.onDamaged(error.message),
  );
  if (dir === null) {
    const memory = createMemory(policy, bytesMax, random);
    const savedLearner = () => Promise.resolve(null);
    return { heads, store, memory, save: nothing, restoreLearner: nothing, savedLearner };
  }
  const memoryPath = join(dir, 'memory.bin');
  const learnerPath = join(dir, 'learner.bin');
  const memoryBytes = await readIfPresent(memoryPath);
  const memory =
    memoryBytes === null
      ? createMemory(policy, bytesMax, random)
      : orDamaged(memoryPath, () => loadMemory(memoryBytes, policy, bytesMax, random));
  return {
    heads,
    store,
    memory,
    async save(learner) {
      await write(learnerPath, await learner.save());
      await write(memoryPath, saveMemory(memory));
    },
    savedLearner: () => readIfPresent(learnerPath),
    async restoreLearner(learner) {
      const bytes = await readIfPresent(learnerPath);
      if (bytes === null) return;
      await learner.restore(bytes).catch((cause: unknown) => {
        const hint = `it may be of another strategy than ${learner.strategy}, or of another version of lifelens`;
        throw damaged(learnerPath, cause, hint);
      });
    },
  };
}

async function nothing(): Promise<void> {
  // Without a folder there is nothing to save or restore.
}

async function readIfPresent(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw stateFailure('read', path, cause);
  });
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await writeAtomically(path, bytes).catch((cause: unknown) => {
    throw stateFailure('write', path, cause);
  });
}

function orDamaged<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown, hint?: string): StateError {
  const reason = messageOf(cause) + (hint === undefined ? '' : ` (${hint})`);
  return new StateError('corrupt', path, `${path} is damaged: ${reason}`, { cause });
}
