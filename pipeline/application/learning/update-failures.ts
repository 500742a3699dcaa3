import { LearnerError } from '../../../operators/learn/learner-error.ts';

/** Failed updates in a row after which the learner is trained anew. */
export const failuresMax = 3;
/** Updates in a row that end the learner's thread after which what they added is left out. */
export const deathsMax = 2;

/** Wait before an update that failed is tried again, in ms; it doubles up to the second value. */
export const retryMs = { first: 1000, most: 60_000 } as const;

/** What is to be done about a failed update. */
export interface Remedy {
  /** Wait before the next attempt. */
  readonly waitMs: number;
  /** Whether the learner is to be trained anew. */
  readonly retrain: boolean;
  /** Samples that are left out from here, because their updates end the learner's thread. */
  readonly leftOut: number;
}

/** Failures of updates, and the samples that are left out because of them. */
export class UpdateFailures {
  /** Ids of samples that are not to be learned until they are labelled again. */
  readonly leftOut = new Set<string>();
  #count = 0;
  #inRow = 0;
  #deaths = 0;
  #unusedInRow = 0;

  /** Notes an update that succeeded. */
  succeeded(): void {
    this.#count = 0;
    this.#inRow = 0;
    this.#deaths = 0;
  }

  /** Notes an update that failed; `added`: ids of the labelled samples that it was to add. */
  failed(error: unknown, added: readonly string[]): Remedy {
    const code = error instanceof LearnerError ? error.code : null;
    // A learner that takes no calls at present has nothing wrong with its state.
    if (code !== 'busy') this.#count++;
    this.#deaths = code === 'died' ? this.#deaths + 1 : 0;
    const waitMs = waitAfter(this.#inRow++);
    if (this.#deaths >= deathsMax && added.length > 0) {
      this.#deaths = 0;
      for (const id of added) this.leftOut.add(id);
      return { waitMs, retrain: false, leftOut: added.length };
    }
    const retrain = this.#count >= failuresMax;
    if (retrain) this.#count = 0;
    return { waitMs, retrain, leftOut: 0 };
  }
  /** Notes whether a drafted head was used. Returns the wait until the next; null for no need. */
  noteOutcome(isUsed: boolean): number | null {
    if (!isUsed) return waitAfter(this.#unusedInRow++);
    this.#unusedInRow = 0;
    return null;
  }
}

function waitAfter(failuresBefore: number): number {
  return Math.min(retryMs.most, retryMs.first * 2 ** failuresBefore);
}
