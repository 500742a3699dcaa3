import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyHead } from '../../operators/detect/heads/score.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import {
  createMemory,
  loadMemory,
  type MemoryPolicy,
} from '../../operators/remember/create-memory.ts';
import type { CappedMemory } from '../../operators/remember/capped-memory.ts';
import { saveMemory } from '../../operators/remember/memory-file.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import { lockState } from './lock-state.ts';
import { MemoryHeadStore, type HeadStore } from '../../operators/swap/store/head-store.ts';
import { openHeadStore } from '../../operators/swap/store/open-head-store.ts';
import { restoreHeadHistory } from '../../operators/swap/store/restore-head-history.ts';
import { StateError } from '../../operators/foundation/files/state-error.ts';
import { writeAtomically } from '../../operators/foundation/files/write-atomically.ts';

export interface StateOptions {
  /** Null keeps nothing beyond the process. */
  readonly dir: string | null;
  readonly keepVersions: number;
  readonly policy: MemoryPolicy;
  readonly bytesMax: number;
  readonly random: () => number;
  /** Told of what was damaged and left out. */
  readonly onDamaged: (message: string) => void;
}

/** Heads, samples and the learner's sums: what a run goes on from and leaves behind. */
export interface State {
  readonly heads: HeadHistory;
  readonly store: HeadStore;
  readonly memory: CappedMemory;
  /** Writes samples and learner; heads are written when they are accepted. Rejects with a StateError. */
  save(learner: Pick<Learner, 'save'>): Promise<void>;
  /** Gives a learner back what it knew. Rejects with a StateError. */
  restoreLearner(learner: Pick<Learner, 'restore' | 'strategy'>): Promise<void>;
  /** Lets others have the folder; nothing may be written after it. */
  close(): Promise<void>;
}

/**
 * Opens a state folder, or makes one, and holds it until it is closed; without a folder, everything lives as
 * long as the process. Rejects with a {@link StateError} where the folder can't be used, somebody else
 * uses it, or what is in it can't be read.
 */
export async function openState(options: StateOptions): Promise<State> {
  // Two that write would each go on from what the other has replaced.
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
  const line = await restoreHeadHistory(store, emptyHead(), (error) =>
    options.onDamaged(error.message),
  );
  const memoryFile = dir === null ? null : join(dir, 'memory.bin');
  const bytes = memoryFile === null ? null : await readIfThere(memoryFile);
  const memory =
    bytes === null
      ? createMemory(policy, bytesMax, random)
      : whole(memoryFile, () => loadMemory(bytes, policy, bytesMax, random));
  return {
    heads: line,
    store,
    memory,
    async save(learner) {
      if (dir === null) return;
      const sums = await learner.save();
      await write(join(dir, 'learner.bin'), sums);
      await write(join(dir, 'memory.bin'), saveMemory(memory));
    },
    async restoreLearner(learner) {
      if (dir === null) return;
      const path = join(dir, 'learner.bin');
      const sums = await readIfThere(path);
      if (sums === null) return;
      await learner.restore(sums).catch((cause: unknown) => {
        const hint = `it may be of another strategy than ${learner.strategy}, or of another version of lifelens`;
        throw corrupt(path, cause, hint);
      });
    },
  };
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new StateError('unreadable', path, `${path} can't be read: ${reasonOf(cause)}`, {
      cause,
    });
  });
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await writeAtomically(path, bytes).catch((cause: unknown) => {
    throw new StateError('unwritable', path, `${path} can't be written: ${reasonOf(cause)}`, {
      cause,
    });
  });
}

function whole<T>(path: string | null, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw corrupt(path ?? 'memory', cause);
  }
}

function corrupt(path: string, cause: unknown, hint?: string): StateError {
  const why = `${path} is damaged: ${reasonOf(cause)}${hint === undefined ? '' : ` (${hint})`}`;
  return new StateError('corrupt', path, why, { cause });
}

function reasonOf(cause: unknown): string {
  return messageOf(cause);
}
