/** A command as it was accepted, in plain words. */
export type NaiveEntry =
  | { readonly type: 'class'; readonly name: string }
  | {
      readonly type: 'label' | 'notA' | 'dismiss';
      readonly class: number;
      readonly samples: readonly string[];
    }
  | { readonly type: 'rename'; readonly class: number; readonly name: string }
  | { readonly type: 'merge'; readonly class: number; readonly into: number }
  | { readonly type: 'remove'; readonly class: number };

interface NaiveClass {
  readonly name: string;
  readonly mergedInto: number | null;
  readonly isRemoved: boolean;
}

/**
 * What a journal says, computed anew from a plain list for every question. A class is the position
 * of the entry that created it. Written to be obvious rather than fast.
 */
export class NaiveJournal {
  readonly #entries = new Map<number, NaiveEntry>();
  readonly #undone = new Set<number>();
  /** The classes as they are now; null after a change. */
  #known: Map<number, NaiveClass> | null = null;

  add(position: number, entry: NaiveEntry): void {
    this.#entries.set(position, entry);
    this.#known = null;
  }

  undo(position: number): void {
    this.#undone.add(position);
    this.#known = null;
  }

  get positions(): readonly number[] {
    return [...this.#entries.keys()];
  }

  get(position: number): NaiveEntry | undefined {
    return this.#entries.get(position);
  }

  isActive(position: number): boolean {
    return this.#entries.has(position) && !this.#undone.has(position);
  }

  /** Present classes in order of creation. */
  present(): { id: number; name: string }[] {
    return [...this.#classes()].flatMap(([id, { name, mergedInto, isRemoved }]) =>
      mergedInto === null && !isRemoved ? [{ id, name }] : [],
    );
  }

  /** The class that a name means: one in use first. */
  named(name: string): number | undefined {
    const same = this.present().filter((each) => each.name.toLowerCase() === name.toLowerCase());
    const inUse = this.inUse();
    return (same.find(({ id }) => inUse.has(id)) ?? same[0])?.id;
  }

  /** Classes that some active label or notA is about. */
  inUse(): Set<number> {
    const used = new Set<number>();
    for (const [position, entry] of this.#entries) {
      if (entry.type !== 'label' && entry.type !== 'notA') continue;
      const id = this.#now(entry.class);
      if (this.isActive(position) && !this.isRemoved(id)) used.add(id);
    }
    return used;
  }

  /** Whether another class in use has this name. */
  isTaken(name: string, id: number): boolean {
    const inUse = this.inUse();
    return this.present().some(
      (each) =>
        each.id !== id && inUse.has(each.id) && each.name.toLowerCase() === name.toLowerCase(),
    );
  }

  isRemoved(id: number): boolean {
    return this.#classes().get(this.#now(id))?.isRemoved === true;
  }

  /** Whether the entry could be undone: as the real journal has to answer. */
  canUndo(position: number): boolean {
    const entry = this.#entries.get(position);
    if (entry === undefined || entry.type === 'class' || entry.type === 'remove') return false;
    if (!this.isActive(position)) return false;
    if (entry.type !== 'dismiss' && this.isRemoved(entry.class)) return false;
    if (entry.type !== 'rename' && entry.type !== 'merge') return true;
    this.undo(position);
    const name = this.present().find(({ id }) => id === entry.class)?.name;
    const clashes =
      name !== undefined && this.inUse().has(entry.class) && this.isTaken(name, entry.class);
    this.#undone.delete(position);
    this.#known = null;
    return !clashes;
  }

  /** The name of a sample: a class, `background`, `erased`, or null for none. */
  nameOf(sample: string): string | null {
    const about = this.#about(sample);
    const newest = about.findLast(([, { type }]) => type !== 'notA');
    if (newest === undefined) return null;
    const [position, entry] = newest;
    if (entry.type === 'dismiss') return 'background';
    const id = this.#now(entry.class);
    const isDenied = about.some(
      ([later, other]) =>
        later > position && other.type === 'notA' && this.#now(other.class) === id,
    );
    if (isDenied) return null;
    return this.isRemoved(id) ? 'erased' : this.#classes().get(id)!.name;
  }

  /** Names of classes that a sample is not, sorted. */
  notA(sample: string): string[] {
    const about = this.#about(sample);
    const denied = about.filter(([position, entry]) => {
      if (entry.type !== 'notA') return false;
      const id = this.#now(entry.class);
      const isNamedLater = about.some(
        ([later, other]) =>
          later > position && other.type === 'label' && this.#now(other.class) === id,
      );
      return !isNamedLater && !this.isRemoved(id);
    });
    const ids = new Set(denied.map(([, entry]) => this.#now(entry.class)));
    return [...ids].map((id) => this.#classes().get(id)!.name).sort();
  }

  #about(sample: string) {
    return [...this.#entries].flatMap(([position, entry]) =>
      'samples' in entry && this.isActive(position) && entry.samples.includes(sample)
        ? [[position, entry] as const]
        : [],
    );
  }

  #now(id: number): number {
    const into = this.#classes().get(id)?.mergedInto ?? null;
    return into === null ? id : this.#now(into);
  }

  #classes(): Map<number, NaiveClass> {
    return (this.#known ??= this.#foldClasses());
  }

  #foldClasses(): Map<number, NaiveClass> {
    const classes = new Map<number, NaiveClass>();
    for (const [position, entry] of this.#entries) {
      if (!this.isActive(position)) continue;
      if (entry.type === 'class') {
        classes.set(position, { name: entry.name, mergedInto: null, isRemoved: false });
        continue;
      }
      if (entry.type !== 'rename' && entry.type !== 'merge' && entry.type !== 'remove') continue;
      const before = classes.get(entry.class)!;
      if (entry.type === 'rename') classes.set(entry.class, { ...before, name: entry.name });
      if (entry.type === 'merge') classes.set(entry.class, { ...before, mergedInto: entry.into });
      if (entry.type === 'remove') classes.set(entry.class, { ...before, isRemoved: true });
    }
    return classes;
  }
}
