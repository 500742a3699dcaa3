import type { LabelledImage } from '../../operators/datasets/dataset.ts';
import { systemClock } from '../../operators/foundation/time/clock.ts';
import { classNamed } from '../../operators/label/find-class.ts';
import { HeldOutSplit } from '../../operators/label/held-out-split.ts';
import { classIdOf } from '../../operators/label/journal/class-table.ts';
import type { ClassId, Fact, JournalEntry } from '../../operators/label/journal/journal-entry.ts';
import { SampleLabels } from '../../operators/label/sample-labels.ts';
import { LearnedSet, type TargetLabel } from '../../operators/learn/learned-set.ts';
import type { HeadDraft } from '../../operators/learn/strategy.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { withNames } from '../../operators/swap/named-head.ts';
import type { HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import { learnDifference } from '../application/learning/learn-difference.ts';
import { PinnedSamples } from '../application/learning/pinned-samples.ts';
import { wantedLabel, withdrawnClasses } from '../application/learning/wanted-labels.ts';
import type { Log } from '../log.ts';
import { LearnerRestorer, type RestorableLearner } from '../state/restore/restore-learner.ts';
import { memoryInSight } from '../state/sight/memory-in-sight.ts';
import type { State } from '../state/state.ts';
import type { ExampleCollector } from './example-collector.ts';

type Collected = ExampleCollector['collected'];

/**
 * A labelled set on its way into a state: its classes, its labels and what the learner has learned
 * of it become durable together, in one commit at the end, or not at all.
 */
export class TaughtSet {
  /** Prefix of the ids of its samples, never given before. */
  readonly idPrefix: string;
  readonly #state: State;
  readonly #learner: RestorableLearner;
  readonly #labels: SampleLabels;
  readonly #learnedBefore: LearnedSet;
  readonly #classIds = new Map<string, ClassId>();
  /** Entries that wait for the commit. */
  readonly #entries: JournalEntry[] = [];

  /** Restores the learner, and lets it learn what earlier labels left to be learned. */
  static async begin(
    state: State,
    learner: RestorableLearner,
    images: readonly LabelledImage[],
    log: Pick<Log, 'warn'>,
  ): Promise<TaughtSet> {
    const restored = await new LearnerRestorer(state, learner, log).restore();
    const { journal } = state;
    const memory = memoryInSight(state.memory, state.models.sight);
    const pinned = new PinnedSamples(state.erasing);
    let learned = restored;
    for (let isWhole = false; !isWhole;) {
      const difference = learnDifference(learned, { journal, memory, pinned });
      ({ after: learned, isWhole } = difference);
      if (difference.isEmpty) break;
      const { added, removed, moved } = difference;
      const background = { background: new Float32Array(0), backgroundWeight: 1 };
      await learner.update({ added, removed, moved, ...background, replay: () => [] });
    }
    const set = new TaughtSet(state, learner, learned);
    const names = images.flatMap(({ objects }) => objects.map(({ class: name }) => name));
    for (const name of new Set(names)) await set.#addClass(name);
    return set;
  }

  private constructor(state: State, learner: RestorableLearner, learned: LearnedSet) {
    this.#state = state;
    this.#learner = learner;
    this.#learnedBefore = learned;
    this.idPrefix = `t${state.journal.position + 1}`;
    // The collector has its own split: a set has whole pictures, and no tracks.
    const split = new HeldOutSplit(0);
    this.#labels = new SampleLabels({ memory: state.memory, split, journal: state.journal });
  }

  /** The id under which a class of the set is learned. */
  classIdOf(name: string): ClassId {
    const id = this.#classIds.get(name);
    if (id === undefined) throw new RangeError(`class ${name} is not in the set`);
    return id;
  }

  /** The class under which a sample is learned: by the journal, or as the set says. */
  labelOf(sample: Sample): TargetLabel {
    const { journal } = this.#state;
    const name = journal.factsOf(sample.id) === null ? (sample.label?.class ?? null) : null;
    return name === null ? wantedLabel(journal, sample.id) : this.classIdOf(name);
  }

  /** The draft with its classes named. */
  named(draft: HeadDraft): HeadDraft {
    const { classes } = this.#state.journal;
    return withNames({ ...draft, classIds: draft.classes }, (id) => classes.nameOf(id));
  }

  /** Classes of a head that may be missing in the next one. */
  withdrawn(head: HeadDraft): readonly string[] {
    const taught = new Set(this.#classIds.values());
    const withdrawn = withdrawnClasses(head, this.#learnedBefore, {
      journal: this.#state.journal,
      memory: memoryInSight(this.#state.memory, this.#state.models.sight),
    });
    return withdrawn.filter((name) => !taught.has(classNamed(this.#state.journal, name) ?? ''));
  }

  /** Commits the head with the labels of the samples that are in memory. */
  async save(bundle: HeadBundle, collected: Collected): Promise<void> {
    const { memory } = this.#state;
    const kept = collected.filter(({ id }) => memory.get(id) !== undefined);
    for (const [name, id] of this.#classIds) {
      const samples = kept
        .filter((each) => each.class === name)
        .map((each) => ({ id: each.id, object: each.id, heldOut: each.heldOut }));
      if (samples.length > 0) await this.#append({ type: 'label', class: id, samples });
    }
    const learned = this.#learnedWith(collected);
    const added = collected.filter(({ heldOut }) => !heldOut).length;
    const { trainedOn } = bundle;
    const fact: Fact = { type: 'learned', added, removed: 0, background: 0, trainedOn };
    const update = {
      learner: await this.#learner.save(),
      strategy: this.#learner.strategy,
      learned,
      learning: null,
      background: null,
      bundle,
      gate: this.#state.gate,
    };
    await this.#labels.record(fact, author(), (entry) =>
      this.#state.commitUpdate(entry, update, this.#entries),
    );
  }

  #learnedWith(collected: Collected): LearnedSet {
    const trained = collected.filter(({ heldOut }) => !heldOut);
    const { entries, sealed } = this.#learnedBefore.contents;
    const learned = new LearnedSet({
      entries: [
        ...entries,
        ...trained.map((each) => [each.id, this.classIdOf(each.class)] as const),
      ],
      sealed,
    });
    learned.sealMissing((id) => this.#state.memory.get(id) !== undefined);
    return learned;
  }

  async #addClass(name: string): Promise<void> {
    const known = classNamed(this.#state.journal, name);
    const id = known ?? classIdOf((await this.#append({ type: 'class', name })).position);
    this.#classIds.set(name, id);
  }

  #append(fact: Fact): Promise<JournalEntry> {
    return this.#labels.record(fact, author(), (entry) => {
      this.#entries.push(entry);
      return Promise.resolve();
    });
  }
}

function author() {
  return { by: 'program:teach', atMs: systemClock.wallMs() };
}
