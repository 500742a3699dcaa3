import { describe, expect, it } from 'vitest';
import { LearnedSet } from '../../../../operators/learn/learned-set.ts';
import {
  LearnerRestorer,
  type RestorableLearner,
} from '../../../../pipeline/state/restore/restore-learner.ts';
import type { State } from '../../../../pipeline/state/state.ts';

/** What a learner of this strategy is restored from, and the warnings. */
async function restore(strategy: string) {
  const taken: Uint8Array[] = [];
  const warnings: string[] = [];
  const { contents: learned } = new LearnedSet();
  const saved = { sequence: 1, position: 0, strategy: 'lwf', learned, bytes: Uint8Array.of(7) };
  const state = {
    learner: saved,
    memory: new Map(),
    erasing: new Set(),
    background: { positions: [] },
  } as unknown as State;
  const learner: RestorableLearner = {
    strategy,
    save: async () => new Uint8Array(),
    restore: async (bytes) => void taken.push(bytes),
    update: () => Promise.reject(new Error('nothing to learn')),
  };
  const log = { warn: (line: string) => void warnings.push(line) };
  await new LearnerRestorer(state, learner, log as never).restore();
  return { taken, warnings };
}

describe('the saved state of a strategy that was renamed', () => {
  it('is restored into the strategy under its new name', async () => {
    expect(await restore('lwf-head')).toEqual({ taken: [Uint8Array.of(7)], warnings: [] });
  });

  it('is not restored into another strategy', async () => {
    const { taken, warnings } = await restore('mma-head');
    expect(taken).toEqual([]);
    expect(warnings).toEqual([
      'the state was learned by lwf; mma-head learns anew from what is kept',
    ]);
  });
});
