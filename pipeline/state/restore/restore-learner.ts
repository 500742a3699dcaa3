import { isSameSight } from '../../../operators/detect/engines/sight.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { LearnedSet } from '../../../operators/learn/learned-set.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import { currentStrategyName } from '../../../operators/learn/strategies/renamed-strategies.ts';
import type { Log } from '../../log.ts';
import { decodeBackground } from '../background-ledger.ts';
import type { LearnerState } from '../learner-record.ts';
import { numberKey } from '../record-kinds.ts';
import type { State } from '../state.ts';

/** What restoring needs of a learner. */
export type RestorableLearner = Pick<Learner, 'restore' | 'save' | 'update' | 'strategy'>;

/** Brings a learner to what the state says, and back there when it fails. */
export class LearnerRestorer {
  readonly #state: State;
  readonly #learner: RestorableLearner;
  readonly #log: Pick<Log, 'warn'>;
  #blank: Uint8Array | null = null;

  constructor(state: State, learner: RestorableLearner, log: Pick<Log, 'warn'>) {
    this.#state = state;
    this.#learner = learner;
    this.#log = log;
  }

  /**
   * Restores the saved state into a learner that has learned nothing yet, and resolves with what it
   * has learned then. A learner without a usable state of its strategy is trained on the background
   * that is kept; the samples follow with its first update.
   */
  async restore(): Promise<LearnedSet> {
    this.#blank = await this.#learner.save();
    const { learner: saved } = this.#state;
    if (saved === null) {
      const { active } = this.#state.heads;
      if (active.classes.length === 0) return new LearnedSet();
      this.#log.warn('no saved state of the learner is usable; it learns anew from what is kept');
      return this.#trainOnBackground();
    }
    if (!this.#isOwn(saved)) {
      this.#log.warn(
        `the state was learned by ${saved.strategy}; ${this.#learner.strategy} learns anew from what is kept`,
      );
      return this.#trainOnBackground();
    }
    try {
      await this.#learner.restore(saved.bytes);
      return this.learned();
    } catch (error) {
      this.#log.warn(`the learner's state is left out, it learns anew: ${messageOf(error)}`);
      return this.#trainOnBackground();
    }
  }

  /** Restores the state that was saved last; trains the learner anew where there is none. */
  async reload(): Promise<LearnedSet> {
    const { learner: saved } = this.#state;
    if (saved === null || !this.#isOwn(saved)) return this.retrain();
    try {
      await this.#learner.restore(saved.bytes);
    } catch (error) {
      this.#log.warn(`the learner's state is left out, it learns anew: ${messageOf(error)}`);
      return this.retrain();
    }
    // Another update may have been saved meanwhile.
    return this.learned(saved);
  }

  /** What a learner with the saved state has learned. */
  learned(saved = this.#state.learner): LearnedSet {
    const { memory, erasing } = this.#state;
    const learned = new LearnedSet(saved?.learned);
    learned.sealMissing((id) => memory.get(id) !== undefined || erasing.has(id));
    return learned;
  }

  #isOwn({ strategy }: Pick<LearnerState, 'strategy'>): boolean {
    return currentStrategyName(strategy) === this.#learner.strategy;
  }

  /** Trains the learner anew from nothing. */
  async retrain(): Promise<LearnedSet> {
    if (this.#blank !== null) await this.#learner.restore(this.#blank);
    return this.#trainOnBackground();
  }

  async #trainOnBackground(): Promise<LearnedSet> {
    for (const position of this.#state.background.positions) {
      try {
        const bytes = await this.#state.store.get('background', numberKey(position));
        if (bytes === null) continue;
        const { negatives, sight, ...background } = decodeBackground(bytes);
        // Of other models it is set aside.
        if (!isSameSight(sight, this.#state.models.sight)) continue;
        const change = { added: negatives, removed: [], ...background, replay: () => [] };
        await this.#learner.update(change);
      } catch (error) {
        this.#log.warn(`background ${position} is not learned again: ${messageOf(error)}`);
      }
    }
    return new LearnedSet();
  }
}
