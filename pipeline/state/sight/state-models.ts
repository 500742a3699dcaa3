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

/**
 * What of a state the models in use made, and what others did, which is kept until they are back.
 */
export class StateModels {
  readonly learners: LearnerCopies;
  readonly remade: Remade;
  #dropped: Head | null = null;

  constructor(learners: readonly LearnerState[], remade: ReadonlyMap<string, Sample>) {
    this.learners = new LearnerCopies(learners);
    this.remade = new Remade(remade);
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
   * Notes which models are in use: learner's states and heads of others are not used, and stay. The
   * newest head that fits becomes active where the active one does not.
   */
  adopt(heads: HeadHistory, sight: VectorSight): void {
    this.learners.adopt(sight);
    heads.restrict((head) =>
      fitsSight(head, sight)
        ? null
        : `head ${head.version} was learned with ${describeSight(head.sight)}, which are not in use`,
    );
    const { active } = heads;
    if (fitsSight(active, sight)) return;
    const fitting = heads.versions.filter((version) => heads.fitting(version) !== undefined);
    heads.rollback(fitting.at(-1));
    this.#dropped = active;
  }
}
