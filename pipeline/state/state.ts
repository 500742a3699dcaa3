import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import type { RecordChange, RecordStore } from '../../operators/foundation/store/record-store.ts';
import type { ClassId, JournalEntry } from '../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../operators/label/journal/journal.ts';
import { LearnedSet } from '../../operators/learn/learned-set.ts';
import type { CappedMemory, MemoryChange } from '../../operators/remember/capped-memory.ts';
import { encodeSample } from '../../operators/remember/sample-record.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import { writeHeadBundle, type HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import { BackgroundLedger, type LearnedBackground } from './background-ledger.ts';
import { DurableIds } from './durable-ids.ts';
import { classesToErase, erasureOf, withoutNames } from './erasure.ts';
import { encodeLearner, type LearnerState } from './learner-record.ts';
import { prunableEntries } from './prune-journal.ts';
import { numberKey, put, putJson, remove } from './record-kinds.ts';

/** The parts that a state consists of once it is open. */
export interface StateParts {
  readonly store: RecordStore;
  readonly heads: HeadHistory;
  readonly memory: CappedMemory;
  readonly journal: Journal;
  readonly ids: DurableIds;
  readonly background: BackgroundLedger;
  /** The newest intact copy of the learner's state; null where there is none. */
  readonly learner: LearnerState | null;
  /** Samples of removed classes that the learner still has to forget. */
  readonly erasing: ReadonlyMap<string, Sample>;
  /** Ids of the samples that the store holds. */
  readonly stored: Iterable<string>;
  /** Versions of the heads that the store holds, and the ids of the classes that they know. */
  readonly headsStored: Iterable<readonly [version: number, classIds: readonly ClassId[]]>;
  /** Whether the active head is an older one that somebody went back to. */
  readonly rolledBack: boolean;
  /** Facts of the gate that were saved with the last head. */
  readonly gate: unknown;
  /** Deletes copies of older states; called once a class is to be erased. */
  readonly removeCopies: () => Promise<void>;
}

/** An update of the learner, to be saved as a whole. */
export interface SavedUpdate {
  readonly learner: Uint8Array;
  readonly strategy: string;
  readonly learned: LearnedSet;
  readonly background: LearnedBackground | null;
  /** The head that became active; null where the gate refused it. */
  readonly bundle: HeadBundle | null;
  /** Facts of the gate, as plain JSON. */
  readonly gate: unknown;
}

/**
 * Everything that outlives a run: journal, samples, heads, the learner's state and counters, in one
 * store. What belongs together is committed together.
 *
 * Labels of samples are not stored with them: they follow from the journal.
 */
export class State {
  readonly store: RecordStore;
  readonly heads: HeadHistory;
  readonly memory: CappedMemory;
  readonly journal: Journal;
  readonly ids: DurableIds;
  readonly erasing: Map<string, Sample>;
  readonly background: BackgroundLedger;
  readonly rolledBack: boolean;
  readonly gate: unknown;
  readonly #removeCopies: () => Promise<void>;
  readonly #stored: Set<string>;
  /** Versions of the heads in the store, and the ids of the classes that they know. */
  readonly #headsStored: Map<number, readonly ClassId[]>;
  readonly #unsaved = new Set<string>();
  readonly #dropped = new Set<string>();
  #learner: LearnerState | null;
  #failure: string | null = null;

  constructor(parts: StateParts) {
    this.store = parts.store;
    this.heads = parts.heads;
    this.memory = parts.memory;
    this.journal = parts.journal;
    this.ids = parts.ids;
    this.background = parts.background;
    this.erasing = new Map(parts.erasing);
    this.rolledBack = parts.rolledBack;
    this.gate = parts.gate;
    this.#removeCopies = parts.removeCopies;
    this.#headsStored = new Map(parts.headsStored);
    this.#stored = new Set(parts.stored);
    this.#learner = parts.learner;
    // A smaller cap may have left some out.
    for (const id of this.#stored) {
      if (this.memory.get(id) === undefined && !this.erasing.has(id)) this.#dropped.add(id);
    }
  }

  /** The learner's state that was saved last; null where there is none. */
  get learner(): LearnerState | null {
    return this.#learner;
  }

  /** To be called with every change of the memory. */
  noteMemory({ stored, dropped }: MemoryChange): void {
    for (const id of stored) {
      this.#dropped.delete(id);
      if (!this.#stored.has(id)) this.#unsaved.add(id);
    }
    for (const id of dropped) {
      this.#unsaved.delete(id);
      // Its vectors are needed until the learner has forgotten it.
      if (this.journal.factsOf(id)?.erased !== true) this.#dropped.add(id);
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
      await this.#commit([...changes, ...dropped.map((id) => remove('sample', id))]);
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
    const sequence = (this.#learner?.sequence ?? 0) + 1;
    const learner: LearnerState = {
      sequence,
      position: entry.position,
      strategy: update.strategy,
      learned: learned.contents,
      bytes: update.learner,
    };
    const erased = classesToErase(this.journal, learned, this.#knownTo(bundle));
    const erasure = erasureOf(erased, this.journal, this.#headsStored);
    const kept = bundle === null ? null : withoutNames(bundle, erased);
    const pruned = prunableEntries(this.journal, this.memory, learned);
    const dropped = [...new Set([...pruned, ...erasure.entries])];
    await this.#commit([
      ...[...earlier, entry].map(journalRecord),
      this.#positionRecord([entry]),
      put('learner', String(sequence % 2), encodeLearner(learner)),
      ...this.background.changes(entry.position, update.background),
      ...(kept === null ? [] : this.#headRecords(kept, erasure.heads)),
      ...(kept === null ? [] : [putJson('state', 'gate', update.gate)]),
      ...(erased.size === 0 ? [] : this.#erasureRecords(sequence)),
      ...dropped.map((position) => remove('journal', numberKey(position))),
    ]);
    this.#learner = learner;
    this.journal.drop(dropped);
    if (erased.size === 0) return;
    this.heads.forget(erasure.heads);
    for (const id of this.erasing.keys()) this.#stored.delete(id);
    this.erasing.clear();
    await this.#removeCopies();
  }

  /** Commits a rollback with its journal entry. */
  async commitActive(entry: JournalEntry): Promise<void> {
    await this.#commit([
      journalRecord(entry),
      this.#positionRecord([entry]),
      activeRecord(this.heads.active.version, this.heads.newestVersion, true),
    ]);
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
    const { version } = this.heads.active;
    return bundle?.head.classIds ?? this.#headsStored.get(version) ?? [];
  }

  /** Records of a new active head; drops heads that are erased or not held any more. */
  #headRecords(bundle: HeadBundle, erased: readonly number[]): RecordChange[] {
    const { version, classIds = [] } = bundle.head;
    const held = new Set(this.heads.versions.filter((each) => !erased.includes(each)));
    const dropped = [...this.#headsStored.keys()].filter((each) => !held.has(each));
    for (const each of dropped) this.#headsStored.delete(each);
    this.#headsStored.set(version, classIds);
    return [
      put('head', numberKey(version), new TextEncoder().encode(writeHeadBundle(bundle))),
      activeRecord(version, this.heads.newestVersion, false),
      ...dropped.map((each) => remove('head', numberKey(each))),
    ];
  }

  #erasureRecords(sequence: number): RecordChange[] {
    return [
      ...[...this.erasing.keys()].map((id) => remove('sample', id)),
      // The copy before still knows the class.
      remove('learner', String((sequence + 1) % 2)),
    ];
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

function journalRecord(entry: JournalEntry): RecordChange {
  return putJson('journal', numberKey(entry.position), entry);
}

function sampleRecord(sample: Sample, key: number): RecordChange {
  const { notA: _notA, ...rest } = sample;
  const bare: Sample = { ...rest, label: null, heldOut: false };
  return put('sample', sample.id, encodeSample({ sample: bare, key }));
}

function activeRecord(version: number, newest: number, rolledBack: boolean): RecordChange {
  return putJson('state', 'active', { version, newest, rolledBack });
}
