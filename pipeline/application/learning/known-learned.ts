import type { LearnedSet } from '../../../operators/learn/learned-set.ts';

export interface RelearnParts {
  /** What the learner has learned when the run starts. */
  readonly learned: LearnedSet;
  /** Brings the learner to its saved state; resolves with what it has learned then. */
  readonly reload: () => Promise<LearnedSet>;
  /** Trains the learner anew from what is kept; resolves with what it has learned then. */
  readonly retrain: () => Promise<LearnedSet>;
}

/** What the learner has learned; unknown from a restart of its thread until it is brought back. */
export class KnownLearned {
  /** Where {@link isKnown}: what the learner has learned. */
  now: LearnedSet;
  /** What the learner will have learned once the update in flight has succeeded; null for none. */
  next: LearnedSet | null = null;
  readonly #parts: RelearnParts;
  #restarts = 0;
  #lost: 'nothing' | 'recent' | 'all' = 'nothing';

  constructor(parts: RelearnParts) {
    this.#parts = parts;
    this.now = parts.learned;
  }

  get isKnown(): boolean {
    return this.#lost === 'nothing';
  }

  /** Whether a sample is learned, or about to be. */
  includes(sampleId: string): boolean {
    return [this.now, this.next].some((learned) => learned?.labelOf(sampleId) !== undefined);
  }

  /** A function that throws an Error once the learner was restarted after this call. */
  restartCheck(): () => void {
    const restarts = this.#restarts;
    return () => {
      if (restarts !== this.#restarts) throw new Error('the learner was restarted');
    };
  }

  /** Notes that the learner was restarted, with its saved state or without. */
  noteRestart({ restored }: { readonly restored: boolean }): void {
    this.#restarts++;
    this.#lost = restored && this.#lost !== 'all' ? 'recent' : 'all';
  }

  /** Brings the learner back; nothing may be learned meanwhile. Rejects where that fails. */
  async recover(): Promise<void> {
    while (this.#lost !== 'nothing') {
      const restarts = this.#restarts;
      const learned = await (this.#lost === 'all' ? this.#parts.retrain() : this.#parts.reload());
      if (restarts !== this.#restarts) continue;
      this.now = learned;
      this.#lost = 'nothing';
    }
  }

  /** Trains the learner anew. */
  async retrain(): Promise<void> {
    this.#lost = 'all';
    await this.recover();
  }
}
