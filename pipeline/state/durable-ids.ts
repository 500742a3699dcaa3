/** Kinds of things that are numbered once for all runs. */
export const idKinds = ['track', 'cluster', 'sample', 'box'] as const;
export type IdKind = (typeof idKinds)[number];

/** The highest numbers that were ever given, by kind. */
export type IdMarks = Readonly<Record<IdKind, number>>;

/** Numbers that are reserved at a time: as many may be left out after a crash. */
export const idBlock = 1000;

/**
 * Numbers that are never given twice, however a run ends: before any is given, a block that
 * contains it is recorded as used. A clean end records the exact numbers.
 */
export class DurableIds {
  readonly #used: Record<IdKind, number>;
  #reserved: Record<IdKind, number>;
  readonly #record: (marks: IdMarks) => Promise<void>;
  readonly #newest = new Map<IdKind, () => number>();

  /** `recorded`: the marks of the last run. `record` stores new marks durably. */
  constructor(recorded: Partial<IdMarks>, record: (marks: IdMarks) => Promise<void>) {
    const marks = idKinds.map((kind) => [kind, recorded[kind] ?? 0] as const);
    this.#used = Object.fromEntries(marks) as Record<IdKind, number>;
    this.#reserved = { ...this.#used };
    this.#record = record;
  }

  /** The highest number of a kind that was given. */
  used(kind: IdKind): number {
    return this.#used[kind];
  }

  /** Has {@link settle} ask for the newest number of a kind, which may be given at any time. */
  follow(kind: IdKind, newest: () => number): void {
    this.#newest.set(kind, newest);
  }

  /** Records the next block of every kind as used. To be awaited before a run starts. */
  async reserve(): Promise<void> {
    const next = { ...this.#used };
    for (const kind of idKinds) next[kind] += idBlock;
    await this.#record(next);
    this.#reserved = next;
  }

  /**
   * Notes the highest number that was given by now, and reserves more before a block is used up.
   * A failure to record is passed to `onFailed`, and tried again at the next call.
   */
  note(kind: IdKind, highest: number, onFailed: (error: unknown) => void): void {
    if (highest <= this.#used[kind]) return;
    this.#used[kind] = highest;
    if (highest < this.#reserved[kind] - idBlock / 2) return;
    const next = { ...this.#reserved, [kind]: highest + idBlock };
    const before = this.#reserved;
    this.#reserved = next;
    this.#record(next).catch((error: unknown) => {
      this.#reserved = before;
      onFailed(error);
    });
  }

  /** Records the exact numbers, at the end of a run. */
  async settle(): Promise<void> {
    for (const [kind, newest] of this.#newest) {
      this.#used[kind] = Math.max(this.#used[kind], newest());
    }
    await this.#record({ ...this.#used });
    this.#reserved = { ...this.#used };
  }
}
