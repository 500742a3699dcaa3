import type { LearnedSet } from '../../../operators/learn/learned-set.ts';
import type { SwapCandidate } from '../../../operators/swap/swap.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';

/** A head that an update drafted, and facts about the update. */
export interface UpdateCandidate extends SwapCandidate {
  readonly updateMs: number;
  /** Arrival of the first label in it, on {@link Clock.nowMs}; null where it holds none. */
  readonly firstLabelMs: number | null;
  /** What the learner has learned with it. */
  readonly learned: LearnedSet;
  /** What an update that has begun since is going to have learned; null where there is none. */
  readonly learning: () => LearnedSet | null;
  /** False if there is more to learn, which a later candidate will have. */
  readonly isWhole: boolean;
  /** Samples that it added to and removed from the learner. */
  readonly counts: { readonly added: number; readonly removed: number };
  /** Background that it has learned too. */
  readonly background: ReturnType<BackgroundCollector['take']>;
  /** The learner's state after the update. */
  readonly state: Promise<Uint8Array>;
  /** Called once it is known what became of the candidate. */
  readonly settled: () => void;
}

export type UpdateEvent =
  | { readonly type: 'learning'; readonly detail: string }
  | UpdateCandidate
  | { readonly type: 'update-failed'; readonly detail: string };
