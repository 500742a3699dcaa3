import type { Journal } from '../../../operators/label/journal/journal.ts';
import type {
  LearnDifference,
  LearnedSet,
  TargetLabel,
} from '../../../operators/learn/learned-set.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';
import type { PinnedSamples } from './pinned-samples.ts';
import { successorsOf, wantedLabel } from './wanted-labels.ts';

/** Most examples of one update, added and removed together: some 25 kB each. */
export const examplesMax = 512;

export interface DifferenceParts {
  readonly journal: Journal;
  readonly memory: Pick<SampleMemory, 'get' | 'values'>;
  readonly pinned: PinnedSamples;
}

/**
 * What an update has to learn so that the learner has learned what the journal wants: pinned
 * samples first, in the order in which their labels came. At most {@link examplesMax} of it: the
 * rest is part of the next difference. Those in `leftOut` stay as they are learned.
 */
export function learnDifference(
  learned: LearnedSet,
  { journal, memory, pinned }: DifferenceParts,
  leftOut: ReadonlySet<string> = new Set(),
): LearnDifference {
  const wantedOf = (id: string): TargetLabel =>
    leftOut.has(id) ? learned.labelOf(id) : wantedLabel(journal, id);
  return learned.diff(
    wantedLabels(learned, { memory, pinned }, wantedOf),
    (id, label) => pinned.exampleOf(id, label, memory),
    successorsOf(journal, learned),
    examplesMax,
  );
}

/** The label of each sample that there is; some come twice, with the same label. */
function* wantedLabels(
  learned: LearnedSet,
  { memory, pinned }: Pick<DifferenceParts, 'memory' | 'pinned'>,
  wantedOf: (id: string) => TargetLabel,
): Generator<readonly [sampleId: string, label: TargetLabel]> {
  for (const id of pinned.ids()) yield [id, wantedOf(id)];
  for (const id of learned.ids) yield [id, wantedOf(id)];
  for (const { id } of memory.values()) {
    if (learned.labelOf(id) === undefined) yield [id, wantedOf(id)];
  }
}
