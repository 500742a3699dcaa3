import type { LearnedSet } from '../../../../operators/learn/learned-set.ts';
import type { Learner } from '../../../../operators/learn/learner.ts';
import type { HeadDraft } from '../../../../operators/learn/strategy.ts';
import { learnDifference } from '../../../application/learning/learn-difference.ts';
import { PinnedSamples } from '../../../application/learning/pinned-samples.ts';
import { wantedLabel } from '../../../application/learning/wanted-labels.ts';
import { parseConfig, type ConfigInput } from '../../../configuration/config.ts';
import { openState } from '../../../state/open-state.ts';
import { LearnerRestorer } from '../../../state/restore/restore-learner.ts';
import type { State } from '../../../state/state.ts';

/** Opens the state in a folder as a run with these settings does, and ignores its log. */
export function openQuietly(folder: string, config: ConfigInput): Promise<State> {
  const ignore = (): void => undefined;
  return openState(folder, parseConfig(config), { warn: ignore, info: ignore });
}

/** What a learner was made to learn. */
export interface LearnedRest {
  /** The head after the last update. Its classes are ids. */
  readonly draft: HeadDraft;
  /** Samples that were learned and forgotten in this call. */
  readonly changed: number;
}

/**
 * Restores a learner from a state, and lets it learn what is left to be learned, as the start of a
 * run does. It drafts a head at least once.
 */
export async function learnRest(state: State, learner: Learner): Promise<LearnedRest> {
  const restorer = new LearnerRestorer(state, learner, { warn: () => undefined });
  let learned: LearnedSet = await restorer.restore();
  const { journal, memory } = state;
  const pinned = new PinnedSamples(state.erasing);
  const nothing = { background: new Float32Array(0), backgroundWeight: 1, replay: () => [] };
  let changed = 0;
  for (;;) {
    const { added, removed, moved, after, isWhole } = learnDifference(learned, {
      journal,
      memory,
      pinned,
    });
    const { draft } = await learner.update({ added, removed, moved, ...nothing });
    changed += added.length + removed.length;
    learned = after;
    if (isWhole) return { draft, changed };
  }
}

/** Classes that some sample of the memory has to be learned under, but that a head lacks. */
export function unlearnedClasses(state: State, draft: HeadDraft): readonly string[] {
  const wanted = new Set<string>();
  for (const { id } of state.memory.values()) {
    const label = wantedLabel(state.journal, id);
    if (label != null) wanted.add(label);
  }
  return [...wanted].filter((id) => !draft.classes.includes(id));
}
