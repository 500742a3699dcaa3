import type { Journal } from '../../../operators/label/journal/journal.ts';
import type { LearnDifference, LearnedSet } from '../../../operators/learn/learned-set.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';
import type { PinnedSamples } from './pinned-samples.ts';
import { successorsOf, wantedLabel } from './wanted-labels.ts';

export interface DifferenceParts {
  readonly journal: Journal;
  readonly memory: Pick<SampleMemory, 'get' | 'values'>;
  readonly pinned: PinnedSamples;
}

/**
 * What an update has to learn so that the learner has learned what the journal wants: pinned
 * samples first, in the order in which their labels came.
 */
export function learnDifference(
  learned: LearnedSet,
  { journal, memory, pinned }: DifferenceParts,
): LearnDifference {
  const ids = new Set(pinned.ids());
  for (const [id] of learned.contents.entries) ids.add(id);
  for (const { id } of memory.values()) ids.add(id);
  const wanted = [...ids].map((id) => [id, wantedLabel(journal, id)] as const);
  return learned.diff(
    wanted,
    (id, label) => pinned.exampleOf(id, label, memory),
    successorsOf(journal, learned),
  );
}
