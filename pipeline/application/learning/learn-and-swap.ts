import {
  catchError,
  concat,
  concatMap,
  connect,
  defer,
  endWith,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  switchMap,
  takeUntil,
  tap,
  timer,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import { callBack } from '../../../operators/foundation/streams/call-back.ts';
import { learnWhen } from '../../../operators/learn/learn-when.ts';
import type { TriggerOptions } from '../../../operators/learn/trigger.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import { swap, type HeadKeeper, type SwapEvent } from '../../../operators/swap/swap.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import type { HeadComparison } from './head-comparison.ts';
import type { ModelEvent, PendingRollback } from './model-event.ts';
import type { UpdateCandidate } from './update-event.ts';
import { UpdateRunner, type UpdateRunnerParts } from './update-runner.ts';

export interface LearningParts extends UpdateRunnerParts {
  readonly heads: HeadHistory;
  readonly keeper: HeadKeeper<UpdateCandidate | PendingRollback>;
  /** Puts a head into the detector; resolves once frames are detected with it. */
  readonly install: (head: Head) => Promise<void>;
  readonly trigger: TriggerOptions;
  readonly comparison: HeadComparison;
  /** Background that live scenes showed, to learn. */
  readonly background: Pick<BackgroundCollector, 'take' | 'grown$'>;
  /** Emits as soon as the learner was restarted, with its saved state or without. */
  readonly restarted$: Observable<{ readonly restored: boolean }>;
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
    const updates = new UpdateRunner(parts);
    if (parts.rolledBack) updates.noteRollback();
    return learnWith(updates, labels, rollbacks, parts).pipe(
      // Learning goes on after a fault of the program; what was not learned is learned then.
      catchError((error: unknown, learning) => {
        // The update that was in progress may have reached the learner.
        updates.noteRestart({ restored: true });
        const detail = `learning failed: ${messageOf(error)}`;
        return concat(
          of<ModelEvent>({ type: 'update-failed', detail }),
          timer(resumeAfterMs, parts.clock.scheduler).pipe(concatMap(() => learning)),
        );
      }),
    );
  });
}

function learnWith(
  updates: UpdateRunner,
  labels: Observable<LabelEvent>,
  rollbacks: Observable<PendingRollback>,
  parts: LearningParts,
): Observable<ModelEvent> {
  const { comparison } = parts;
  return defer(() => {
    const changes = merge(
      defer(() => (updates.isDue ? [1] : [])),
      labels.pipe(
        tap((event) => comparison.noteLabels(event)),
        map((event) => updates.note(event)),
        filter((count) => count > 0),
        // Retries end with the labels.
        connect((counts) => {
          const ended = counts.pipe(ignoreElements(), endWith(null));
          const again = updates.again$.pipe(
            switchMap((waitMs) => timer(waitMs, parts.clock.scheduler)),
            map(() => 1),
            takeUntil(ended),
          );
          return merge(counts, again);
        }),
      ),
    );
    const restarts = parts.restarted$.pipe(tap((how) => updates.noteRestart(how)));
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
                comparison.judge(candidate, active, request as UpdateCandidate),
            }),
            tap((event) => {
              comparison.noteModel(event);
              noteOutcome(event, updates, comparison);
            }),
          ),
        ),
      ),
      settleRequests(),
    );
  });
}

function noteOutcome(
  event: SwapEvent<UpdateCandidate | PendingRollback>,
  updates: UpdateRunner,
  comparison: HeadComparison,
): void {
  if (event.type === 'rolled-back') updates.noteRollback();
  if (event.request.type !== 'candidate') return;
  if (event.type !== 'failed') updates.noteOutcome(true);
  // A head that could not be saved is live; only an erasure must not wait for the next label.
  else if (event.stage !== 'save' || comparison.hasToErase) updates.noteOutcome(false);
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
