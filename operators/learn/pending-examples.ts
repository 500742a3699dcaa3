import type { Sample } from '../remember/sample.ts';
import { exampleOf } from './examples/example-of-sample.ts';
import type { Example } from './strategy.ts';

/** Most added, and most removed, examples that wait while updates fail: some 25 kB each. */
export const pendingExamplesMax = 2048;

/** Label changes on their way to one update. */
export interface PendingBatch {
  readonly added: readonly Example[];
  /** Exactly as they were added by an earlier update. */
  readonly removed: readonly Example[];
}

/** Collects what label changes add to and remove from the learner, until an update takes it. */
export class PendingExamples {
  readonly #max: number;
  #added: Example[] = [];
  #removed: Example[] = [];

  constructor(max = pendingExamplesMax) {
    this.#max = max;
  }

  /**
   * Notes that a sample's label changed; `before` is null for a new sample. Returns whether that
   * changes anything the learner could learn: held-out samples never do.
   */
  note(before: Sample | null, after: Sample): boolean {
    const wasTrained = before?.label != null && !before.heldOut;
    const isTrained = after.label !== null && !after.heldOut;
    if (wasTrained) this.#withdraw(exampleOf(before));
    if (isTrained) this.#added.push(exampleOf(after));
    return wasTrained || isTrained;
  }

  /** Removes and returns everything that waits. */
  take(): PendingBatch {
    return { added: this.#added.splice(0), removed: this.#removed.splice(0) };
  }

  /**
   * Puts the batch of a failed update back in front. Returns how many examples were discarded,
   * oldest first, to stay within the bound.
   */
  putBack({ added, removed }: PendingBatch): number {
    this.#added.unshift(...added);
    this.#removed.unshift(...removed);
    const discarded = this.#added.splice(0, Math.max(0, this.#added.length - this.#max));
    for (const { id, label } of discarded) {
      // An example that is never added must not be removed either.
      const index = this.#removed.findIndex((each) => each.id === id && each.label === label);
      if (index >= 0) this.#removed.splice(index, 1);
    }
    const stale = this.#removed.splice(0, Math.max(0, this.#removed.length - this.#max));
    return discarded.length + stale.length;
  }

  #withdraw(example: Example): void {
    // An example that no update has taken is simply not added. Of several labels of one sample the
    // newest is the one it has: older ones may wait here after an update that failed.
    const index = this.#added.findLastIndex(({ id }) => id === example.id);
    if (index >= 0) this.#added.splice(index, 1);
    else this.#removed.push(example);
  }
}
