/** How many examples of each class there are, in order of first appearance; a class with none left is gone. */
export class ClassCounts {
  readonly #counts: Map<string, number>;

  constructor(entries: readonly (readonly [string, number])[] = []) {
    this.#counts = new Map(entries);
  }

  get names(): readonly string[] {
    return [...this.#counts.keys()];
  }

  get entries(): readonly (readonly [string, number])[] {
    return [...this.#counts];
  }

  clone(): ClassCounts {
    return new ClassCounts(this.entries);
  }

  /** Throws when more examples are taken out than were put in. */
  count(name: string, by: 1 | -1): void {
    const count = (this.#counts.get(name) ?? 0) + by;
    if (count < 0) throw new RangeError(`No example of class ${name} is left to take out`);
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }
}
