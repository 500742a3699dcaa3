import { classNameKey } from '../foundation/names/class-name.ts';
import { unpackFloat16 } from '../foundation/numbers/float16.ts';
import { isLabelled, plainEmbedding, type Sample, type SampleMemory } from '../remember/sample.ts';
import {
  checkedClassName,
  checkNameAfterUndo,
  checkNameIsFree,
  classNamed,
  existingClass,
} from './find-class.ts';
import type { HeldOutSplit } from './held-out-split.ts';
import { classIdOf } from './journal/class-table.ts';
import {
  isLabelEntry,
  labelIdOf,
  type ClassId,
  type Fact,
  type JournalEntry,
  type LabelEntry,
  type LabelledSample,
  type LabelScope,
} from './journal/journal-entry.ts';
import { Journal } from './journal/journal.ts';
import { foldSplit } from './journal/split-of-journal.ts';
import { LabelError } from './label-error.ts';
import type { Author, LabelAbout, LabelStatement } from './label-statement.ts';
import { labelOf, relabelled } from './relabelled.ts';
import { undoableEntry } from './undoable-entry.ts';
import type { ClassChange, LabelChange, LabelEvent } from './label-event.ts';

/** Default number of classes that may exist at once. */
export const classesMaxDefault = 500;

/** What {@link SampleLabels} works on. */
export interface SampleLabelsOptions {
  readonly memory: SampleMemory;
  readonly split: HeldOutSplit;
  /** Default: an empty one. */
  readonly journal?: Journal;
  /**
   * Stores entries, and the samples that they name, at once and for good. A rejection leaves
   * everything as it was and is the command's error. Default: stores nothing.
   */
  readonly commit?: (entries: readonly JournalEntry[], samples: readonly Sample[]) => Promise<void>;
  /** Most classes that exist at once. Default: {@link classesMaxDefault}. */
  readonly classesMax?: number;
}

/**
 * Carries out labels, undos and changes of classes: each becomes a journal entry, which is stored
 * first; then the samples in memory get the labels that follow from the journal.
 *
 * Commands are carried out one after another, in order of call. Knows neither streams nor clocks.
 * All methods reject with a `LabelError`, or with the error of `commit`; nothing has changed then.
 */
export class SampleLabels {
  readonly journal: Journal;
  readonly #memory: SampleMemory;
  readonly #split: HeldOutSplit;
  readonly #commit: NonNullable<SampleLabelsOptions['commit']>;
  readonly #classesMax: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SampleLabelsOptions) {
    this.journal = options.journal ?? new Journal();
    this.#memory = options.memory;
    this.#split = options.split;
    this.#commit = options.commit ?? (() => Promise.resolve());
    this.#classesMax = options.classesMax ?? classesMaxDefault;
  }

  /** Gives samples a label; those that are not in the memory yet are inserted. */
  label(about: LabelAbout, statement: LabelStatement, author: Author): Promise<LabelEvent> {
    return this.#afterOthers(async () => {
      const entries: JournalEntry[] = [];
      const next = (fact: Fact): number => {
        const position = this.journal.position + entries.length + 1;
        entries.push({ position, ...author, fact });
        return position;
      };
      const classId =
        statement.kind === 'background' ? null : this.#classFor(statement.class, next);
      const scope = this.#scopeOf(about, statement);
      if (statement.kind === 'background') next({ type: 'dismiss', ...scope });
      else next({ type: statement.kind === 'class' ? 'label' : 'notA', class: classId!, ...scope });
      return this.#carryOut(entries, about.samples);
    });
  }

  /**
   * Takes back one entry, by default the newest label, rename or merge. What other entries say
   * about the same samples holds on.
   */
  undo(labelId: string | undefined, author: Author): Promise<LabelEvent> {
    return this.#afterOthers(async () => {
      const undone = undoableEntry(this.journal, labelId);
      const position = this.journal.position + 1;
      const fact: Fact = { type: 'undo', of: undone.position };
      checkNameAfterUndo(this.journal, undone);
      const event = await this.#carryOut([{ position, ...author, fact }], []);
      return { ...event, labelId: labelIdOf(undone.position) };
    });
  }

  /** Gives a class another name. */
  rename(className: string, to: string, author: Author): Promise<LabelEvent> {
    return this.#afterOthers(async () => {
      const id = existingClass(this.journal, className);
      const name = checkedClassName(to);
      checkNameIsFree(this.journal, name, id, `merge ${className} into it instead`);
      return this.#changeClass({ type: 'rename', class: id, name }, author);
    });
  }

  /** Makes all samples of a class samples of another one. */
  merge(className: string, into: string, author: Author): Promise<LabelEvent> {
    return this.#afterOthers(async () => {
      const id = existingClass(this.journal, className);
      const target = existingClass(this.journal, into);
      if (id === target) {
        throw new LabelError('class-exists', `${className} and ${into} are one class already`);
      }
      return this.#changeClass({ type: 'merge', class: id, into: target }, author);
    });
  }

  /** Removes a class for good: it cannot be undone, and its samples are to be erased. */
  remove(className: string, author: Author): Promise<LabelEvent> {
    return this.#afterOthers(() =>
      this.#changeClass({ type: 'remove', class: existingClass(this.journal, className) }, author),
    );
  }

  /**
   * Appends an entry that changes no label, such as a rollback, in turn with the commands. `commit`
   * stores it, with whatever belongs to it.
   */
  record(
    fact: Fact,
    author: Author,
    commit: (entry: JournalEntry) => Promise<void>,
  ): Promise<JournalEntry> {
    return this.#afterOthers(async () => {
      const entry = { position: this.journal.position + 1, ...author, fact };
      await commit(entry);
      this.journal.append(entry);
      return entry;
    });
  }

  #changeClass(fact: Fact, author: Author): Promise<LabelEvent> {
    return this.#carryOut([{ position: this.journal.position + 1, ...author, fact }], []);
  }

  async #carryOut(
    entries: readonly JournalEntry[],
    samples: readonly Sample[],
  ): Promise<LabelEvent> {
    const { journal } = this;
    const namesBefore = this.#names();
    const main = entries.at(-1)!;
    try {
      await this.#commit(entries, samples);
    } catch (error) {
      // What the split has decided for these samples does not count.
      foldSplit(journal, this.#split);
      throw error;
    }
    for (const entry of entries) journal.append(entry);
    const changes = this.#relabel(main, samples);
    const namesAfter = this.#names();
    const labelEntry = this.#labelEntryOf(main);
    // The split counts objects by the names of their classes.
    if (labelEntry === null) foldSplit(journal, this.#split);
    const named = labelEntry?.fact.samples ?? [];
    return {
      labelId: labelIdOf(main.position),
      changes,
      classes: changedNames(namesBefore, namesAfter),
      cluster: this.#clusterAfter(labelEntry?.fact.cluster),
      gone: named.filter(({ id }) => this.#memory.get(id) === undefined).length,
    };
  }

  /** Gives the samples that an entry is about the labels that the journal says now. */
  #relabel(entry: JournalEntry, samples: readonly Sample[]): LabelChange[] {
    const given = new Map(samples.map((sample) => [sample.id, sample]));
    return this.#samplesOf(entry, given).flatMap((sample): readonly LabelChange[] => {
      const before = this.#memory.get(sample.id) ?? null;
      if (before !== null && this.journal.factsOf(sample.id)?.erased === true) {
        this.#memory.remove(sample.id);
        return [{ before, after: null }];
      }
      const after = relabelled(before ?? sample, this.journal);
      if (before !== null && !given.has(sample.id) && sameLabels(before, after)) return [];
      if (before === null) this.#memory.insert(after);
      else this.#memory.replace(after);
      return [{ before, after }];
    });
  }

  #samplesOf(entry: JournalEntry, given: ReadonlyMap<string, Sample>): readonly Sample[] {
    const about = this.#labelEntryOf(entry);
    if (about === null) return [...this.#memory.values()].filter(isLabelled);
    const { samples, joinedTraining = [] } = about.fact;
    return [...samples.map(({ id }) => id), ...joinedTraining].flatMap(
      (id) => this.#memory.get(id) ?? given.get(id) ?? [],
    );
  }

  /** The label that an entry gives or takes back; null for an entry about classes. */
  #labelEntryOf(entry: JournalEntry): LabelEntry | null {
    if (isLabelEntry(entry)) return entry;
    if (entry.fact.type !== 'undo') return null;
    const undone = this.journal.get(entry.fact.of);
    return undone === undefined ? null : this.#labelEntryOf(undone);
  }

  #clusterAfter(clusterId: string | undefined): LabelEvent['cluster'] {
    if (clusterId === undefined) return null;
    const entry = this.journal.labelOfCluster(clusterId);
    if (entry === null || entry.fact.type === 'notA') return { id: clusterId, label: null };
    const { classes } = this.journal;
    const id = entry.fact.type === 'label' ? classes.resolve(entry.fact.class) : null;
    return { id: clusterId, label: labelOf(entry, id, classes) };
  }

  #scopeOf({ samples, cluster, track }: LabelAbout, statement: LabelStatement): LabelScope {
    // Negatives count as a class of their own here, so that some of them are held out too.
    const className = statement.kind === 'class' ? classNameKey(statement.class) : '';
    const joinedTraining: string[] = [];
    const labelled = samples.map((sample): LabelledSample => {
      const { id } = sample;
      const known = this.journal.factsOf(id);
      if (known !== null) return { id, object: known.object, heldOut: known.heldOut };
      const { camera, trackId, box, timestampMs } = sample;
      const subject = { id, camera, trackId, box, timestampMs };
      const decision = this.#split.assign(subject, className, plainCrop(sample));
      const { objectId, heldOut, moved, merged, look } = decision;
      joinedTraining.push(...moved);
      return { id, object: objectId, heldOut, seen: { ...subject, merged, look } };
    });
    return {
      samples: labelled,
      ...(cluster === undefined ? {} : { cluster }),
      ...(track === undefined ? {} : { track }),
      ...(joinedTraining.length === 0 ? {} : { joinedTraining }),
    };
  }

  /** The class of this name; creates it with an entry of its own where there is none. */
  #classFor(text: string, next: (fact: Fact) => number): ClassId {
    const name = checkedClassName(text);
    const known = classNamed(this.journal, name);
    const inUse = this.journal.classesInUse();
    const { size } = inUse;
    if (known !== undefined && (inUse.has(known) || size < this.#classesMax)) return known;
    if (size < this.#classesMax) return classIdOf(next({ type: 'class', name }));
    const message = `there are ${size} classes, the most that learn.classesMax allows; merge or remove some`;
    throw new LabelError('too-many-classes', message);
  }

  #names(): ReadonlyMap<ClassId, string | null> {
    const { classes } = this.journal;
    return new Map(classes.ids.map((id) => [id, classes.nameOf(id)]));
  }

  /** Commands are carried out one at a time, so that each one sees what the others did. */
  #afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** The embedding of the crop without augmentation; empty without crops. */
function plainCrop(sample: Sample): Float32Array {
  return unpackFloat16(plainEmbedding(sample));
}

function changedNames(
  before: ReadonlyMap<ClassId, string | null>,
  after: ReadonlyMap<ClassId, string | null>,
): ClassChange[] {
  return [...after].flatMap(([id, name]) => {
    const old = before.get(id) ?? null;
    return old === name ? [] : [{ class: id, before: old, after: name }];
  });
}

function sameLabels(a: Sample, b: Sample): boolean {
  const text = ({ label, notA, heldOut }: Sample): string => JSON.stringify([label, notA, heldOut]);
  return text(a) === text(b);
}
