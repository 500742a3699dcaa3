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
  timer,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import type { LearnedSet } from '../../../operators/learn/learned-set.ts';

import { callBack } from '../../../operators/foundation/streams/call-back.ts';
import { learnWhen } from '../../../operators/learn/learn-when.ts';
import type { TriggerOptions } from '../../../operators/learn/trigger.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import {
  swap,
  type HeadKeeper,
  type RollbackRequest,
  type SwapEvent,
} from '../../../operators/swap/swap.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import type { HeadComparison } from './head-comparison.ts';
import {
  UpdateRunner,
  type UpdateCandidate,
  type UpdateEvent,
  type UpdateRunnerParts,
} from './update-runner.ts';

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

export interface LearningParts extends UpdateRunnerParts {
  readonly heads: HeadHistory;
  readonly keeper: HeadKeeper<UpdateCandidate | PendingRollback>;
  /** Puts a head into the detector; resolves once frames are detected with it. */
  readonly install: (head: Head) => Promise<void>;
  readonly trigger: TriggerOptions;
  readonly comparison: HeadComparison;
  /** Background that live scenes showed, to learn. */
  readonly background: Pick<BackgroundCollector, 'take' | 'grown$'>;
  /** Emits what a restarted learner has learned. */
  readonly relearn$: Observable<LearnedSet>;
  /** Whether the active head is an older one that somebody went back to before the start. */
  readonly rolledBack: boolean;
}

/** Time after which learning goes on after an unexpected failure, in ms. */
const resumeAfterMs = 1000;

/**
 * Label events → updates → gate → swap, in the background; rollbacks go through the same swap, one
 * request at a time. What is still to be learned at the start is learned first. Never errors.
 * Completes when both inputs have, after a last update.
 */
export function learnAndSwap(
  labels: Observable<LabelEvent>,
  rollbacks: Observable<PendingRollback>,
  parts: LearningParts,
): Observable<ModelEvent> {
  return defer(() => {
    const { comparison } = parts;
    const updates = new UpdateRunner(parts);
    if (parts.rolledBack) updates.noteRollback();
    const changes = merge(
      defer(() => (updates.isDue ? [1] : [])),
      labels.pipe(
        tap((event) => comparison.noteLabels(event)),
        map((event) => updates.note(event)),
        filter((count) => count > 0),
      ),
    );
    const restarts = parts.relearn$.pipe(
      map((learned) => {
        updates.noteRestart(learned);
        return updates.isDue;
      }),
      filter((due) => due),
    );
    return changes.pipe(
      learnWhen((reason) => updates.run(reason), {
        ...parts.trigger,
        drift: merge(worthwhileBackground(parts, updates), restarts),
        scheduler: parts.clock.scheduler,
      }),
      connect((outcomes) =>
        merge(
          outcomes.pipe(filter((event) => event.type !== 'candidate')),
          merge(
            outcomes.pipe(filter((event) => event.type === 'candidate')),
            rollbacks,
            automaticRollbacks(parts),
          ).pipe(
            swap<UpdateCandidate | PendingRollback>({
              ...parts,
              judge: (candidate, active, request) =>
                comparison.judge(candidate, active, (request as UpdateCandidate).learned),
            }),
            tap((event) => {
              comparison.noteModel(event);
              if (event.type === 'rolled-back') updates.noteRollback();
            }),
          ),
        ),
      ),
      settleRequests(),
      // Learning goes on after a fault of the program; what was not learned is learned then.
      catchError((error: unknown, learning) =>
        concat(
          of<ModelEvent>({ type: 'update-failed', detail: `learning failed: ${messageOf(error)}` }),
          timer(resumeAfterMs, parts.clock.scheduler).pipe(concatMap(() => learning)),
        ),
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

/** Rollbacks that the program asks for itself, because labelled live samples show a regression. */
function automaticRollbacks({
  comparison,
  modelInFlight,
}: LearningParts): Observable<PendingRollback> {
  return comparison.regressions$.pipe(
    map(({ version, reason }) => {
      const settled = modelInFlight.begin();
      return { type: 'rollback', version, by: 'program', reason, settled };
    }),
  );
}

/** Passes events on, then reports to each request that its outcome is known. */
function settleRequests(): MonoTypeOperatorFunction<ModelEvent> {
  return concatMap((event) => {
    // A failure to save follows the swap that it belongs to, which settled the request.
    const isOutcome = 'request' in event && !(event.type === 'failed' && event.stage === 'save');
    return isOutcome
      ? concat(
          of(event),
          callBack(() => event.request.settled(event)),
        )
      : of(event);
  });
}
