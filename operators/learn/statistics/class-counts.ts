/**
 * Counts the examples of each class, in order of first appearance. A class without examples is
 * dropped.
 */
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

  /** @throws {RangeError} if more examples are removed than were added. */
  count(name: string, by: 1 | -1): void {
    const count = (this.#counts.get(name) ?? 0) + by;
    if (count < 0) throw new RangeError(`No example of class ${name} is left to remove`);
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }
}
