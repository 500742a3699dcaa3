import { classNameKey } from '../../foundation/names/class-name.ts';
import type { ClassId, JournalEntry } from './journal-entry.ts';

interface ClassRow {
  name: string;
  mergedInto: ClassId | null;
  removed: boolean;
}

/** The classes that a journal knows: their names, what they were merged into, and removed ones. */
export class ClassTable {
  readonly #rows = new Map<ClassId, ClassRow>();

  /** Folds the class entries of a journal, in their order; other entries are ignored. */
  constructor(entries: Iterable<JournalEntry> = []) {
    for (const entry of entries) this.#apply(entry);
  }

  /** The class that `id` is now: the one that it was merged into, or itself. */
  resolve(id: ClassId): ClassId {
    let current = id;
    // A chain is no longer than the table; a circle cannot arise, since a merge is checked.
    for (let steps = 0; steps <= this.#rows.size; steps++) {
      const into = this.#rows.get(current)?.mergedInto ?? null;
      if (into === null) return current;
      current = into;
    }
    return current;
  }

  /** The present name of a class; null for one that was removed or is not known. */
  nameOf(id: ClassId): string | null {
    const row = this.#rows.get(this.resolve(id));
    return row === undefined || row.removed ? null : row.name;
  }

  isRemoved(id: ClassId): boolean {
    return this.#rows.get(this.resolve(id))?.removed === true;
  }

  /** Classes that are neither removed nor merged into another, in order of creation. */
  get present(): readonly { readonly id: ClassId; readonly name: string }[] {
    return [...this.#rows].flatMap(([id, { name, mergedInto, removed }]) =>
      removed || mergedInto !== null ? [] : [{ id, name }],
    );
  }

  /** Whether a removed class is still on record. */
  get hasRemoved(): boolean {
    return [...this.#rows.keys()].some((id) => this.isRemoved(id));
  }

  /** All ids that were ever given, in order of creation. */
  get ids(): readonly ClassId[] {
    return [...this.#rows.keys()];
  }

  /** Present classes with this name: spellings that differ in case only are one name. */
  named(name: string): readonly ClassId[] {
    const key = classNameKey(name);
    return this.present.filter((each) => classNameKey(each.name) === key).map(({ id }) => id);
  }

  #apply(entry: JournalEntry): void {
    const { fact } = entry;
    switch (fact.type) {
      case 'class':
        this.#rows.set(classOfEntry(entry)!, { name: fact.name, mergedInto: null, removed: false });
        break;
      case 'rename': {
        const row = this.#rows.get(fact.class);
        if (row !== undefined) row.name = fact.name;
        break;
      }
      case 'merge': {
        const row = this.#rows.get(fact.class);
        if (row !== undefined && this.resolve(fact.into) !== fact.class) row.mergedInto = fact.into;
        break;
      }
      case 'remove': {
        // What was merged into the class is removed with it.
        const row = this.#rows.get(this.resolve(fact.class));
        if (row !== undefined) row.removed = true;
        break;
      }
      default:
    }
  }
}

/** The id of the class that the entry at this position created. */
export function classIdOf(position: number): ClassId {
  return `k${position}`;
}

/** The class that an entry creates or is about; null for an entry about none. */
export function classOfEntry({ position, fact }: JournalEntry): ClassId | null {
  if (fact.type === 'class') return fact.id ?? classIdOf(position);
  return 'class' in fact ? fact.class : null;
}
