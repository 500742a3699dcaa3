import type { ClassMove } from '../strategy.ts';

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

  /** The examples of both; the classes of this one come first. */
  plus(other: ClassCounts): ClassCounts {
    const counts = new Map(this.#counts);
    for (const [name, count] of other.entries) counts.set(name, count + (counts.get(name) ?? 0));
    return new ClassCounts([...counts]);
  }

  /**
   * Counts the examples of `from` as examples of `to`, which takes the place of `from` if it is
   * new. Drops them for null. Ignores a class without examples.
   */
  move({ from, to }: ClassMove): void {
    const count = this.#counts.get(from);
    if (count === undefined || from === to) return;
    const held = to === null ? undefined : this.#counts.get(to);
    if (to === null) this.#counts.delete(from);
    else if (held === undefined) this.#rename(from, to);
    else {
      this.#counts.delete(from);
      this.#counts.set(to, held + count);
    }
  }

  #rename(from: string, to: string): void {
    const { entries } = this;
    this.#counts.clear();
    for (const [name, count] of entries) this.#counts.set(name === from ? to : name, count);
  }
}
