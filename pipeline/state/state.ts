import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { storedSight } from '../../operators/detect/engines/sight.ts';
import type { RecordChange, RecordStore } from '../../operators/foundation/store/record-store.ts';
import type { ClassId, JournalEntry } from '../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../operators/label/journal/journal.ts';
import type { CappedMemory, MemoryChange } from '../../operators/remember/capped-memory.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import { readHeadBundle, type HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import type { BackgroundLedger } from './background-ledger.ts';
import type { DurableIds } from './durable-ids.ts';
import { classesToErase, erasureOf, withoutNames } from './erasure.ts';
import { encodeLearner, type LearnerState } from './learner-record.ts';
import type { SavedUpdate } from './saved-update.ts';
import { StateModels } from './sight/state-models.ts';
import { prunableEntries } from './prune-journal.ts';
import { numberKey, put, putJson, remove } from './record-kinds.ts';
import type { StateParts } from './state-parts.ts';
import {
  activeRecord,
  droppedRecord,
  headRecord,
  journalRecord,
  remadeRecord,
  sampleRecord,
} from './state-records.ts';

/**
 * Everything that outlives a run: journal, samples, heads, the learner's state and counters, in one
 * store. What belongs together is committed together. Labels of samples are not stored with them:
 * they follow from the journal.
 */
export class State {
  readonly store: RecordStore;
  readonly heads: HeadHistory;
  readonly memory: CappedMemory;
  readonly journal: Journal;
  readonly ids: DurableIds;
  readonly erasing: Map<string, Sample>;
  readonly background: BackgroundLedger;
  readonly models: StateModels;
  readonly activeLost: boolean;
  readonly gate: unknown;
  readonly #removeCopies: () => Promise<void>;
  readonly #stored: Set<string>;
  /** Versions of the heads in the store, and the ids of the classes that they know. */
  readonly #headsStored: Map<number, readonly ClassId[]>;
  readonly #unsaved = new Set<string>();
  readonly #dropped = new Set<string>();
  #failure: string | null = null;

  constructor(parts: StateParts) {
    this.store = parts.store;
    this.heads = parts.heads;
    this.memory = parts.memory;
    this.journal = parts.journal;
    this.ids = parts.ids;
    this.background = parts.background;
    this.erasing = new Map(parts.erasing);
    this.activeLost = parts.activeLost;
    this.gate = parts.gate;
    this.#removeCopies = parts.removeCopies;
    this.#headsStored = new Map(parts.headsStored);
    this.#stored = new Set(parts.stored);
    this.models = new StateModels(parts.learners, parts.remade, parts.rollbacks);
    // A smaller cap may have left some out.
    for (const id of this.#stored) {
      if (this.memory.get(id) === undefined && !this.erasing.has(id)) this.#dropped.add(id);
    }
  }

  /** The state that a learner with the models in use saved last; null where there is none. */
  get learner(): LearnerState | null {
    return this.models.learners.newest;
  }

  /** Whether the active head is an older one that somebody went back to. */
  get rolledBack(): boolean {
    return this.models.rollbacks.own !== null;
  }

  /** Stores a sample with vectors that are not those of its own record, which stays. */
  async keepRemade(sample: Sample): Promise<void> {
    if (!this.#stored.has(sample.id)) return;
    const record = remadeRecord(sample, this.memory.keyOf(sample.id) ?? 0.5);
    await this.#commit([record]);
    this.models.remade.note(sample.id);
  }

  /** To be called with every change of the memory. */
  noteMemory({ stored, changed, dropped }: MemoryChange): void {
    for (const id of stored) {
      this.#dropped.delete(id);
      this.erasing.delete(id);
      // A label alone changes no record.
      if (!this.#stored.has(id) || changed.includes(id)) this.#unsaved.add(id);
    }
    for (const sample of dropped) {
      const { id } = sample;
      this.#unsaved.delete(id);
      // Its vectors are needed until the learner has forgotten it.
      if (this.journal.factsOf(id)?.erased === true) this.erasing.set(id, sample);
      else this.#dropped.add(id);
    }
  }

  /** Commits journal entries, with the samples that they name and the store lacks. */
  async commitEntries(
    entries: readonly JournalEntry[],
    samples: readonly Sample[] = [],
  ): Promise<void> {
    const added = samples.filter(({ id }) => !this.#stored.has(id));
    await this.#commit([
      ...entries.map(journalRecord),
      this.#positionRecord(entries),
      // The key is known once the sample is in the memory; the next flush stores it.
      ...added.map((sample) => sampleRecord(sample, 0.5)),
    ]);
    // A sample that never enters the memory is dropped again by the next flush.
    for (const { id } of added) {
      if (this.memory.get(id) === undefined) this.#dropped.add(id);
    }
  }

  /** Commits the samples that came and went since the last flush. A failed one is tried again. */
  async flush(): Promise<void> {
    const saved = [...this.#unsaved];
    const dropped = [...this.#dropped];
    if (saved.length + dropped.length === 0) return;
    this.#unsaved.clear();
    this.#dropped.clear();
    const changes = saved.flatMap((id) => {
      const sample = this.memory.get(id);
      return sample === undefined ? [] : [sampleRecord(sample, this.memory.keyOf(id) ?? 0.5)];
    });
    for (const id of dropped) this.#stored.delete(id);
    try {
      await this.#commit([...changes, ...this.#removed(dropped)]);
    } catch (error) {
      for (const id of saved) if (this.memory.get(id) !== undefined) this.#unsaved.add(id);
      for (const id of dropped) if (this.memory.get(id) === undefined) this.#dropped.add(id);
      throw error;
    }
    for (const id of saved) this.#stored.add(id);
  }

  /**
   * Commits an update with its journal entry: the learner's state and what it has learned, the head
   * that became active, and the erasure of removed classes that neither of them knows any more.
   * `earlier`: entries that are to be stored with it.
   */
  async commitUpdate(
    entry: JournalEntry,
    update: SavedUpdate,
    earlier: readonly JournalEntry[] = [],
  ): Promise<void> {
    const { bundle, learned } = update;
    const sequence = this.models.learners.nextSequence;
    const learner: LearnerState = {
      sequence,
      position: entry.position,
      strategy: update.strategy,
      learned: learned.contents,
      bytes: update.learner,
      ...storedSight(this.models.sight),
    };
    const sets = update.learning === null ? [learned] : [learned, update.learning];
    const erased = classesToErase(this.journal, sets, this.#knownTo(bundle), this.erasing);
    // More may come while this is written.
    const samplesErased = erased.size === 0 ? [] : [...this.erasing.keys()];
    const erasure = erasureOf(erased, this.journal, this.#headsStored);
    const pruned = prunableEntries(this.journal, this.memory, learned);
    const dropped = [...new Set([...pruned, ...erasure.entries])];
    const headsDropped = this.#headsToDrop(bundle, erasure.heads);
    const background = this.background.plan(
      entry.position,
      update.background && { ...update.background, ...storedSight(this.models.sight) },
    );
    await this.#commit([
      ...[...earlier, entry].map(journalRecord),
      this.#positionRecord([entry]),
      put('learner', String(sequence % 2), encodeLearner(learner)),
      ...(erased.size === 0 ? this.models.learners.setAside() : []),
      ...background.changes,
      ...(bundle === null
        ? []
        : [
            headRecord(withoutNames(bundle, erased)),
            this.#activeRecord(bundle.head.version, null),
          ]),
      ...headsDropped.map((version) => remove('head', numberKey(version))),
      // Facts of the gate may name a class that is erased.
      ...(bundle === null && erased.size === 0 ? [] : [putJson('state', 'gate', update.gate)]),
      ...(erased.size === 0 ? [] : await this.#erasureRecords(sequence, erased, headsDropped)),
      ...this.#removed(samplesErased),
      ...dropped.map((position) => droppedRecord(this.journal, position)),
    ]);
    this.models.learners.saved(learner, erased.size > 0);
    if (bundle !== null) this.models.rollbacks.set(null);
    background.apply();
    for (const version of headsDropped) this.#headsStored.delete(version);
    if (bundle !== null) this.#headsStored.set(bundle.head.version, bundle.head.classIds ?? []);
    this.journal.drop(dropped);
    if (erased.size === 0) return;
    this.heads.forget(erasure.heads);
    for (const id of samplesErased) {
      this.#stored.delete(id);
      this.erasing.delete(id);
    }
    await this.#removeCopies();
  }

  /** Commits a rollback with its journal entry. */
  async commitActive(entry: JournalEntry): Promise<void> {
    const { version } = this.heads.active;
    const own = { version, sight: this.models.sight };
    const active = this.#activeRecord(version, own);
    await this.#commit([journalRecord(entry), this.#positionRecord([entry]), active]);
    this.models.rollbacks.set(own);
  }

  /** Why the newest commit failed; null where it did not. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Saves what has not been saved yet, and closes the store. */
  async close(): Promise<void> {
    try {
      await this.flush();
      await this.ids.settle();
    } finally {
      await this.store.close();
    }
  }

  /** Closes the store and leaves it as it was at the last commit. */
  abandon(): Promise<void> {
    return this.store.close();
  }

  /** Ids of the classes that the active head in the store will know. */
  #knownTo(bundle: HeadBundle | null): readonly ClassId[] {
    return bundle?.head.classIds ?? this.#headsStored.get(this.heads.active.version) ?? [];
  }

  /** Stored heads that are erased, and with a new head those that are not held any more. */
  #headsToDrop(bundle: HeadBundle | null, erased: readonly number[]): readonly number[] {
    const held = new Set(bundle === null ? this.#headsStored.keys() : this.heads.versions);
    return [...this.#headsStored.keys()].filter((each) => !held.has(each) || erased.includes(each));
  }

  #activeRecord(version: number, own: StateModels['rollbacks']['own']): RecordChange {
    return activeRecord(version, this.heads.newestVersion, own, this.models.rollbacks.others);
  }

  /** Removes learners that know erased classes, and their names from the heads that stay. */
  async #erasureRecords(
    sequence: number,
    erased: ReadonlyMap<ClassId, readonly string[]>,
    headsDropped: readonly number[],
  ): Promise<RecordChange[]> {
    // The copy before still knows the class.
    const changes = [remove('learner', 'aside'), remove('learner', String((sequence + 1) % 2))];
    for (const version of this.#headsStored.keys()) {
      if (headsDropped.includes(version)) continue;
      const bytes = await this.store.get('head', numberKey(version));
      if (bytes === null) continue;
      const bundle = readHeadBundle(Buffer.from(bytes).toString('utf8'));
      changes.push(headRecord(withoutNames(bundle, erased)));
    }
    return changes;
  }

  /** Removes samples with what is kept beside them. */
  #removed(ids: Iterable<string>): RecordChange[] {
    return [...ids].flatMap((id) => [remove('sample', id), ...this.models.remade.removal(id)]);
  }

  async #commit(changes: readonly RecordChange[]): Promise<void> {
    try {
      await this.store.commit(changes);
      this.#failure = null;
    } catch (error) {
      this.#failure = messageOf(error);
      throw error;
    }
  }

  #positionRecord(entries: readonly JournalEntry[]): RecordChange {
    return putJson('state', 'journal', { position: entries.at(-1)!.position });
  }
}
