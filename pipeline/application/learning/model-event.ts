import type { RollbackRequest, SwapEvent } from '../../../operators/swap/swap.ts';
import type { UpdateCandidate, UpdateEvent } from './update-event.ts';

/** A rollback that was asked for. */
export interface PendingRollback extends RollbackRequest {
  /** Who asked for it; `program` where lifelens rolls back by itself. */
  readonly by: string;
  /** Why lifelens rolls back by itself; absent: somebody asked for it. */
  readonly reason?: string;
  /** Called with what became of it. */
  readonly settled: (outcome: SwapEvent) => void;
}

/** What happens to the model: updates that begin or fail, and what becomes of heads. */
export type ModelEvent =
  Exclude<UpdateEvent, UpdateCandidate> | SwapEvent<UpdateCandidate | PendingRollback>;
