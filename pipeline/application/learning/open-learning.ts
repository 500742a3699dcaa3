import { splitOfJournal } from '../../../operators/label/journal/split-of-journal.ts';
import { SampleLabels } from '../../../operators/label/sample-labels.ts';
import type { LearnedSet } from '../../../operators/learn/learned-set.ts';
import type { SupervisedLearner } from '../../../operators/learn/supervised-learner.ts';
import type { Config } from '../../configuration/config.ts';
import type { LearnerRestorer } from '../../state/restore/restore-learner.ts';
import { memoryInSight } from '../../state/sight/memory-in-sight.ts';
import type { State } from '../../state/state.ts';
import type { Pacing } from '../pacing.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import { HeadComparison } from './head-comparison.ts';
import { keepHeads } from './keep-heads.ts';
import type { LearningParts } from './learn-and-swap.ts';
import { PinnedSamples } from './pinned-samples.ts';
import { learnedClasses, successorsOf } from './wanted-labels.ts';

export interface OpenLearningParts {
  readonly config: Pick<Config, 'learn' | 'swap'>;
  readonly state: State;
  readonly learner: SupervisedLearner;
  /** What the learner has learned before the run. */
  readonly learned: LearnedSet;
  readonly restorer: LearnerRestorer;
  readonly background: BackgroundCollector;
  readonly pacing: Pacing;
}

/** The parts of labelling and learning that depend on the state. */
export interface OpenedLearning extends Pick<
  LearningParts,
  | 'journal'
  | 'memory'
  | 'learned'
  | 'redraftAtStart'
  | 'pinned'
  | 'retrain'
  | 'keeper'
  | 'comparison'
  | 'reload'
  | 'restarted$'
  | 'rolledBack'
> {
  readonly labels: SampleLabels;
  readonly learnedFor: (classId: string) => number;
}

/** Makes the parts of labelling and learning on an open state. */
export function openLearning(parts: OpenLearningParts): OpenedLearning {
  const { config, state, learner, learned, restorer, background, pacing } = parts;
  const { journal, memory } = state;
  const labels = new SampleLabels({
    memory,
    split: splitOfJournal(journal, config.learn.heldOutShare),
    journal,
    commit: (entries, samples) => state.commitEntries(entries, samples),
    classesMax: config.learn.classesMax,
  });
  const { strategy } = learner;
  const seen = memoryInSight(memory, state.models.sight);
  const { clock } = pacing;
  const comparison = new HeadComparison({
    learner,
    heads: state.heads,
    memory: seen,
    journal,
    background,
    tolerance: config.swap.tolerance,
    saved: state.gate,
  });
  return {
    journal,
    memory: seen,
    labels,
    learned,
    redraftAtStart: headLags(state, learned),
    rolledBack: state.rolledBack,
    pinned: new PinnedSamples(state.erasing),
    retrain: () => restorer.retrain(),
    reload: () => restorer.reload(),
    restarted$: learner.restarted$,
    learnedFor: (id) => new Map(state.learner?.learned.sealed).get(id) ?? 0,
    keeper: keepHeads({
      state,
      labels,
      clock,
      strategy,
      gate: (bundle) => comparison.contentsWith(bundle),
    }),
    comparison,
  };
}

/**
 * Whether the active head knows other classes than the learner does, though nobody went back to it:
 * it was lost, or the program ended before it was replaced or a removed class was erased.
 */
function headLags({ heads, journal, rolledBack, activeLost }: State, learned: LearnedSet): boolean {
  // What was removed is erased with the next head.
  if (journal.classes.hasRemoved) return true;
  if (rolledBack) return false;
  if (activeLost) return true;
  const successors = successorsOf(journal, learned);
  const wanted = new Set<string>();
  for (const id of learnedClasses(learned)) {
    const now = successors.has(id) ? successors.get(id) : id;
    if (now != null) wanted.add(now);
  }
  const known = new Set(heads.active.classIds ?? []);
  return known.size !== wanted.size || [...wanted].some((id) => !known.has(id));
}
