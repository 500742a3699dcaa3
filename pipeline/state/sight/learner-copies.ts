import {
  builtInVectors,
  isSameSight,
  type VectorSight,
} from '../../../operators/detect/engines/sight.ts';
import type { RecordChange } from '../../../operators/foundation/store/record-store.ts';
import { encodeLearner, type LearnerState } from '../learner-record.ts';
import { put } from '../record-kinds.ts';

/**
 * The saved states of learners: of the models in use the newest, and of other models one, which is
 * kept aside until they are back.
 */
export class LearnerCopies {
  #copies: readonly LearnerState[];
  #sight: VectorSight | null = null;
  #isAside = false;

  constructor(copies: readonly LearnerState[]) {
    this.#copies = copies;
  }

  /** What the models in use make. */
  get sight(): VectorSight {
    return this.#sight ?? this.#newestOf(() => true)?.sight ?? builtInVectors;
  }

  /** The newest state of the models in use; of any before {@link adopt}. */
  get newest(): LearnerState | null {
    const { sight } = this;
    return this.#newestOf((copy) => isSameSight(copy.sight, sight));
  }

  /** Above that of every state. */
  get nextSequence(): number {
    return this.#copies.reduce((most, { sequence }) => Math.max(most, sequence), 0) + 1;
  }

  adopt(sight: VectorSight): void {
    this.#sight = sight;
    this.#isAside = false;
  }

  /** Keeps the newest state of other models where the next saves do not replace it. */
  setAside(): RecordChange[] {
    const other = this.#other;
    return other === null || this.#isAside ? [] : [put('learner', 'aside', encodeLearner(other))];
  }

  /** Notes that a state was saved; `alone` where those of other models were removed. */
  saved(state: LearnerState, alone: boolean): void {
    const other = alone ? null : this.#other;
    this.#isAside = other !== null;
    this.#copies = other === null ? [state] : [state, other];
  }

  get #other(): LearnerState | null {
    const { sight } = this;
    return this.#newestOf((copy) => !isSameSight(copy.sight, sight));
  }

  #newestOf(suits: (copy: LearnerState) => boolean): LearnerState | null {
    return this.#copies
      .filter(suits)
      .reduce<LearnerState | null>(
        (newest, copy) => (newest === null || copy.sequence > newest.sequence ? copy : newest),
        null,
      );
  }
}
