import {
  catchError,
  concat,
  concatMap,
  connect,
  defer,
  filter,
  map,
  merge,
  of,
  tap,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type { LabelChange } from '../../../operators/label/label-event.ts';
import { callBack } from '../../../operators/foundation/streams/call-back.ts';
import { learnWhen } from '../../../operators/learn/learn-when.ts';
import type { TriggerOptions } from '../../../operators/learn/trigger.ts';
import { evaluateCandidate } from '../../../operators/swap/gate.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import {
  swap,
  type HeadKeeper,
  type RollbackRequest,
  type SwapEvent,
} from '../../../operators/swap/swap.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import { gateSamples } from '../sampling/gate-input.ts';
import {
  UpdateRunner,
  type UpdateCandidate,
  type UpdateEvent,
  type UpdateRunnerParts,
} from './update-runner.ts';

/** A rollback that was asked for. */
export interface PendingRollback extends RollbackRequest {
  /** Called once it is known what became of it. */
  readonly settled: () => void;
}

/** What happens to the model: updates that begin or fail, and what becomes of heads. */
export type ModelEvent =
  Exclude<UpdateEvent, UpdateCandidate> | SwapEvent<UpdateCandidate | PendingRollback>;

export interface LearningParts extends UpdateRunnerParts {
  readonly heads: HeadHistory;
  readonly keeper: HeadKeeper;
  /** Puts a head into the detector; resolves once frames are detected with it. */
  readonly install: (head: Head) => Promise<void>;
  readonly trigger: TriggerOptions;
  /** How far a class's recall may fall at the gate, 0 to 1. */
  readonly tolerance: number;
  /** Background that live scenes showed: to learn, and for the gate. */
  readonly background: Pick<BackgroundCollector, 'take' | 'heldOut' | 'grown$'>;
}

/**
 * Label changes → updates → gate → swap, in the background; rollbacks go through the same swap,
 * one request at a time. Never errors. Completes when both inputs have, after a last update.
 */
export function learnAndSwap(
  labels: Observable<LabelChange>,
  rollbacks: Observable<PendingRollback>,
  parts: LearningParts,
): Observable<ModelEvent> {
  return defer(() => {
    const updates = new UpdateRunner(parts);
    return labels.pipe(
      filter((change) => updates.note(change)),
      map(() => 1),
      learnWhen((reason) => updates.run(reason), {
        ...parts.trigger,
        drift: worthwhileBackground(parts, updates),
        scheduler: parts.clock.scheduler,
      }),
      connect((outcomes) =>
        merge(
          outcomes.pipe(filter((event) => event.type !== 'candidate')),
          merge(outcomes.pipe(filter((event) => event.type === 'candidate')), rollbacks).pipe(
            throughGate(parts),
            tap((event) => {
              if (event.type === 'rolled-back') updates.noteRollback();
            }),
          ),
        ),
      ),
      settleRequests(),
      catchError((error: unknown) =>
        of<ModelEvent>({ type: 'update-failed', detail: `learning failed: ${messageOf(error)}` }),
      ),
    );
  });
}

/**
 * Background that has grown enough to be worth an update of its own: only while there is a class
 * to tell it from, and not after a rollback, which only a new label may lead away from.
 */
function worthwhileBackground(
  { background, heads }: LearningParts,
  updates: UpdateRunner,
): Observable<void> {
  return background.grown$.pipe(
    filter(() => heads.active.classes.length > 0 && !updates.rolledBack),
  );
}

function throughGate({ heads, keeper, install, memory, background, tolerance }: LearningParts) {
  return swap<UpdateCandidate | PendingRollback>({
    heads,
    judge: (candidate, active) => {
      const heldOut = [...gateSamples(memory.values()), ...background.heldOut];
      return of(evaluateCandidate({ candidate, active, heldOut, tolerance }));
    },
    install,
    keeper,
  });
}

/** Passes events on, then reports to each request that its outcome is known. */
function settleRequests(): MonoTypeOperatorFunction<ModelEvent> {
  return concatMap((event) => {
    // A failure to save follows the swap that it belongs to, which settled the request.
    const isOutcome = 'request' in event && !(event.type === 'failed' && event.stage === 'save');
    return isOutcome ? concat(of(event), callBack(event.request.settled)) : of(event);
  });
}
