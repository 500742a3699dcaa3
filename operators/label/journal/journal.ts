import { ClassTable } from './class-table.ts';
import {
  isLabelEntry,
  withoutLabel,
  type ClassId,
  type Fact,
  type JournalEntry,
  type LabelEntry,
} from './journal-entry.ts';

/** What the journal says about one sample. */
export interface SampleFacts {
  /** The entry that names or dismisses it, and the class; null: it has no name. */
  readonly name: { readonly entry: LabelEntry; readonly class: ClassId | null } | null;
  /** Classes that it is not, by id. */
  readonly notA: readonly ClassId[];
  /** The class that it was named after was removed: the sample is to be erased. */
  readonly erased: boolean;
  readonly object: string;
  readonly heldOut: boolean;
}

const classFacts: ReadonlySet<Fact['type']> = new Set<Fact['type']>([
  'class',
  'rename',
  'merge',
  'remove',
]);

/**
 * The record of everything that people and programs have said about samples and classes, in order.
 * What a sample is called, which classes there are and what is held out are folds over its entries,
 * so that entries can be undone in any order.
 *
 * Knows neither files nor vectors: whoever appends an entry has stored it before.
 */
export class Journal {
  readonly #entries = new Map<number, JournalEntry>();
  readonly #bySample = new Map<string, number[]>();
  readonly #byCluster = new Map<string, number[]>();
  /** Undo entries by the entry that they undo. */
  readonly #undoneBy = new Map<number, number[]>();
  readonly #classEntries = new Set<number>();
  /** What {@link factsOf} found, until an entry could change it. */
  readonly #facts = new Map<string, SampleFacts | null>();
  #classes: ClassTable | null = null;
  #position = 0;

  /** `entries` in any order; `position`: the newest position that was ever given. */
  constructor(entries: Iterable<JournalEntry> = [], position = 0) {
    for (const entry of [...entries].sort((a, b) => a.position - b.position)) this.append(entry);
    this.#position = Math.max(this.#position, position);
  }

  /** The newest position. */
  get position(): number {
    return this.#position;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** In order of position. */
  get entries(): IterableIterator<JournalEntry> {
    return this.#entries.values();
  }

  get(position: number): JournalEntry | undefined {
    return this.#entries.get(position);
  }

  /** The classes that there are, undone entries left out. */
  get classes(): ClassTable {
    this.#classes ??= new ClassTable(
      [...this.#classEntries]
        .filter((position) => this.isActive(position))
        .flatMap((position) => this.#entries.get(position) ?? []),
    );
    return this.#classes;
  }

  /** Appends an entry with a position above all others. */
  append(entry: JournalEntry): void {
    const { position, fact } = entry;
    if (position <= this.#position) {
      throw new RangeError(`entry ${position} cannot follow entry ${this.#position}`);
    }
    this.#position = position;
    this.#entries.set(position, entry);
    if (isLabelEntry(entry)) {
      const { samples, joinedTraining = [], cluster } = entry.fact;
      for (const id of [...samples.map((each) => each.id), ...joinedTraining]) {
        push(this.#bySample, id, position);
        this.#facts.delete(id);
      }
      if (cluster !== undefined) push(this.#byCluster, cluster, position);
    }
    if (fact.type === 'undo') push(this.#undoneBy, fact.of, position);
    if (classFacts.has(fact.type)) this.#classEntries.add(position);
    if (classFacts.has(fact.type) || fact.type === 'undo') {
      this.#classes = null;
      this.#facts.clear();
    }
  }

  /**
   * Drops entries that say nothing any more, other than what {@link withoutLabel} keeps of them;
   * their positions are not given again.
   */
  drop(positions: Iterable<number>): void {
    this.#facts.clear();
    for (const position of positions) {
      const entry = this.#entries.get(position);
      if (entry === undefined) continue;
      const rest = withoutLabel(entry);
      if (rest === null) this.#entries.delete(position);
      else this.#entries.set(position, rest);
      if (this.#classEntries.delete(position)) this.#classes = null;
      if (!isLabelEntry(entry)) continue;
      const { samples, joinedTraining = [], cluster } = entry.fact;
      const staying = new Set(rest === null ? [] : joinedTraining);
      for (const id of [...samples.map((each) => each.id), ...joinedTraining]) {
        if (!staying.has(id)) pull(this.#bySample, id, position);
      }
      if (cluster !== undefined) pull(this.#byCluster, cluster, position);
    }
  }

  /** Whether an entry counts: it is there, and no undo of it counts. */
  isActive(position: number): boolean {
    const undone = this.#undoneBy.get(position) ?? [];
    return this.#entries.has(position) && !undone.some((undo) => this.isActive(undo));
  }

  /** What the journal says about a sample; null where it says nothing. */
  factsOf(sampleId: string): SampleFacts | null {
    let facts = this.#facts.get(sampleId);
    if (facts === undefined) {
      facts = this.#foldFacts(sampleId);
      if (this.#bySample.has(sampleId)) this.#facts.set(sampleId, facts);
    }
    return facts;
  }

  #foldFacts(sampleId: string): SampleFacts | null {
    const positions = this.#bySample.get(sampleId);
    if (positions === undefined) return null;
    const { classes } = this;
    let name: SampleFacts['name'] = null;
    let notA: ClassId[] = [];
    let side: { object: string; heldOut: boolean } | null = null;
    for (const position of positions) {
      const entry = this.#entries.get(position);
      if (entry === undefined || !isLabelEntry(entry)) continue;
      const { fact } = entry;
      // The side of an object holds even where the label is undone.
      const own = fact.samples.find(({ id }) => id === sampleId);
      if (own !== undefined) side = { object: own.object, heldOut: own.heldOut };
      if (side !== null && fact.joinedTraining?.includes(sampleId) === true) side.heldOut = false;
      if (own === undefined || !this.isActive(position)) continue;
      if (fact.type === 'dismiss') {
        name = { entry, class: null };
        continue;
      }
      const id = classes.resolve(fact.class);
      if (fact.type === 'label') {
        name = { entry, class: id };
        notA = notA.filter((other) => other !== id);
      } else {
        // Of two facts that contradict each other, the later one holds.
        if (name?.class === id) name = null;
        if (!classes.isRemoved(id) && !notA.includes(id)) notA.push(id);
      }
    }
    if (side === null) return null;
    const erased = name?.class != null && classes.isRemoved(name.class);
    return { name: erased ? null : name, notA, erased, ...side };
  }

  /** The newest label of a whole cluster that counts; null where there is none. */
  labelOfCluster(clusterId: string): LabelEntry | null {
    const positions = this.#byCluster.get(clusterId) ?? [];
    for (const position of [...positions].reverse()) {
      const entry = this.#entries.get(position);
      if (entry !== undefined && isLabelEntry(entry) && this.isActive(position)) return entry;
    }
    return null;
  }

  /** The newest entry that counts and that an undo without an id is about; null: there is none. */
  newestUndoable(): JournalEntry | null {
    return [...this.#entries.values()].findLast((entry) => this.isUndoable(entry)) ?? null;
  }

  /** Whether an entry is a label, a rename or a merge that counts, and of no removed class. */
  isUndoable(entry: JournalEntry): boolean {
    const { position, fact } = entry;
    const isOfSamples = isLabelEntry(entry) && entry.fact.samples.length > 0;
    if (!isOfSamples && fact.type !== 'rename' && fact.type !== 'merge') return false;
    return this.isActive(position) && !('class' in fact && this.classes.isRemoved(fact.class));
  }

  /** Classes that some sample is said to be of, or not to be of, by id. */
  classesInUse(): ReadonlySet<ClassId> {
    const { classes } = this;
    const used = new Set<ClassId>();
    for (const { position, fact } of this.#entries.values()) {
      if (fact.type !== 'label' && fact.type !== 'notA') continue;
      const id = classes.resolve(fact.class);
      if (this.isActive(position) && !classes.isRemoved(id)) used.add(id);
    }
    return used;
  }
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (list.at(-1) !== value) list.push(value);
}

function pull<K>(map: Map<K, number[]>, key: K, value: number): void {
  const left = (map.get(key) ?? []).filter((each) => each !== value);
  if (left.length === 0) map.delete(key);
  else map.set(key, left);
}
