import type { LearnedSet } from '../../operators/learn/learned-set.ts';
import type { HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import type { LearnedBackground } from './background-ledger.ts';

/** An update of the learner, to be saved as a whole. */
export interface SavedUpdate {
  readonly learner: Uint8Array;
  readonly strategy: string;
  readonly learned: LearnedSet;
  /** What the next update, which has begun already, will have learned; null where there is none. */
  readonly learning: LearnedSet | null;
  readonly background: LearnedBackground | null;
  /** The head that became active; null where the gate refused it. */
  readonly bundle: HeadBundle | null;
  /** Facts of the gate, as plain JSON. */
  readonly gate: unknown;
}
