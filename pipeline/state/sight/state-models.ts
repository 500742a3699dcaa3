import type { Head } from '../../../operators/detect/heads/head.ts';
import {
  describeSight,
  fitsSight,
  type VectorSight,
} from '../../../operators/detect/engines/sight.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import type { LearnerState } from '../learner-record.ts';
import { LearnerCopies } from './learner-copies.ts';
import { Remade } from './remade.ts';
import { Rollbacks } from './rollbacks.ts';

/**
 * What of a state the models in use made, and what others did, which is kept until they are back.
 */
export class StateModels {
  readonly learners: LearnerCopies;
  readonly remade: Remade;
  readonly rollbacks: Rollbacks;
  #dropped: Head | null = null;

  constructor(
    learners: readonly LearnerState[],
    remade: ReadonlyMap<string, Sample>,
    rollbacks: Pick<Rollbacks, 'own' | 'others'>,
  ) {
    this.learners = new LearnerCopies(learners);
    this.remade = new Remade(remade);
    this.rollbacks = new Rollbacks(rollbacks.own, rollbacks.others);
  }

  /** What the models in use make; those of the newest learner's state before {@link adopt}. */
  get sight(): VectorSight {
    return this.learners.sight;
  }

  /** The head that was active though it does not fit the models in use; null where none was. */
  get dropped(): Head | null {
    return this.#dropped;
  }

  /**
   * Notes which models are in use: learner's states and heads of others are not used, and stay.
   * Where the active head does not fit, or was gone back to with other models, the one becomes
   * active that somebody went back to with these, else the newest that fits.
   */
  adopt(heads: HeadHistory, sight: VectorSight): void {
    this.learners.adopt(sight);
    heads.restrict((head) =>
      fitsSight(head, sight)
        ? null
        : `head ${head.version} was learned with ${describeSight(head.sight)}, which are not in use`,
    );
    const { active } = heads;
    const fits = fitsSight(active, sight);
    if (!fits || !this.rollbacks.suits(sight)) {
      const fitting = heads.versions.filter((version) => heads.fitting(version) !== undefined);
      const own = this.rollbacks.adopt(sight, (version) => fitting.includes(version));
      heads.rollback(own?.version ?? fitting.at(-1));
      if (!fits) this.#dropped = active;
    }
    heads.keepFor(this.rollbacks.others.map(({ version }) => version));
  }
}
