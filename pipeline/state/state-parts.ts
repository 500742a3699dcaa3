import type { RecordStore } from '../../operators/foundation/store/record-store.ts';
import type { ClassId } from '../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../operators/label/journal/journal.ts';
import type { CappedMemory } from '../../operators/remember/capped-memory.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import type { BackgroundLedger } from './background-ledger.ts';
import type { DurableIds } from './durable-ids.ts';
import type { LearnerState } from './learner-record.ts';
import type { Rollbacks } from './sight/rollbacks.ts';

/** The parts that a state consists of once it is open. */
export interface StateParts {
  readonly store: RecordStore;
  readonly heads: HeadHistory;
  readonly memory: CappedMemory;
  readonly journal: Journal;
  readonly ids: DurableIds;
  readonly background: BackgroundLedger;
  /** The intact copies of the learner's state, of the models in use or of others. */
  readonly learners: readonly LearnerState[];
  /** Samples as other models than their own see their pictures, by id. */
  readonly remade: ReadonlyMap<string, Sample>;
  /** Samples of removed classes that the learner still has to forget. */
  readonly erasing: ReadonlyMap<string, Sample>;
  /** Ids of the samples that the store holds. */
  readonly stored: Iterable<string>;
  /** Versions of the heads that the store holds, and the ids of the classes that they know. */
  readonly headsStored: Iterable<readonly [version: number, classIds: readonly ClassId[]]>;
  /** That somebody went back to the active head, and to others with other models. */
  readonly rollbacks: Pick<Rollbacks, 'own' | 'others'>;
  /** Whether the head that was active is lost, so that another one takes its place. */
  readonly activeLost: boolean;
  /** Facts of the gate that were saved with the last head. */
  readonly gate: unknown;
  /** Deletes copies of older states; called once a class is to be erased. */
  readonly removeCopies: () => Promise<void>;
}
