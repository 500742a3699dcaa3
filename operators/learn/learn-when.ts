import {
  asyncScheduler,
  concat,
  concatWith,
  defer,
  EMPTY,
  finalize,
  from,
  merge,
  mergeMap,
  NEVER,
  of,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  type SchedulerLike,
  Subject,
  switchMap,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { type LearnReason, LearnTrigger, type TriggerOptions } from './trigger.ts';

/** Settings of {@link learnWhen}. */
export interface LearnWhenOptions extends TriggerOptions {
  /** Each emission requests an update without labels. Default: never. */
  readonly drift?: Observable<unknown>;
  /** Clock of the trigger's delays. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Runs an update whenever a `LearnTrigger` finds one due. The source emits numbers of new
 * labels; `learn` makes one update, whose results are passed on.
 *
 * Updates run one at a time; labels that arrive meanwhile wait for the next. When the source
 * completes, the labels that still wait are learned at once, and the stream completes. Errors of
 * the source, of `drift` and of `learn` error the stream: `learn` catches what it survives.
 *
 * @example
 * import { createMemory, Learner, learnWhen, trainingExamples } from 'lifelens';
 * import { Subject } from 'rxjs';
 *
 * const memory = createMemory('balanced', 16 * 1024 ** 2, Math.random);
 * const learner = await Learner.start();
 * const newLabels = new Subject<number>();
 * const update = () => {
 *   const replay = () => trainingExamples(memory.values());
 *   const background = new Float32Array(0);
 *   const change = { added: replay(), removed: [], background, backgroundWeight: 1, replay };
 *   return learner.update(change);
 * };
 * newLabels
 *   .pipe(learnWhen(update, { minLabels: 4 }))
 *   .subscribe(({ draft }) => console.log(draft.classes));
 */
export function learnWhen<Result>(
  learn: (reason: LearnReason) => ObservableInput<Result>,
  { drift = EMPTY, scheduler = asyncScheduler, ...options }: LearnWhenOptions = {},
): OperatorFunction<number, Result> {
  return (labels) =>
    defer(() => {
      const trigger = new LearnTrigger(options);
      const finished = new Subject<void>();
      const over = new Subject<void>();
      let learning = false;
      let ended = false;

      const run = (reason: LearnReason) =>
        defer(() => {
          learning = true;
          return from(learn(reason));
        }).pipe(
          finalize(() => {
            learning = false;
            (ended ? over : finished).next();
          }),
        );
      const noted = labels.pipe(
        tap({
          next: (count) => trigger.label(scheduler.now(), count),
          complete: () => {
            ended = true;
            if (!learning) over.next();
          },
        }),
        // The stream completes after the last update, not with the last label.
        concatWith(NEVER),
      );
      const drifted = drift.pipe(tap(() => trigger.drift()));
      // A timer can fire a moment before the clock says so: then it is set again.
      const due = (): Observable<LearnReason> =>
        timer(Math.max(0, trigger.dueMs - scheduler.now()), scheduler).pipe(
          mergeMap(() => {
            const reason = trigger.take(scheduler.now());
            return reason === null ? due() : of(reason);
          }),
        );
      const updates = merge(noted, drifted, finished).pipe(
        switchMap(() => (learning || trigger.dueMs === Infinity ? EMPTY : due())),
        mergeMap(run),
        takeUntil(over),
      );
      const rest = defer(() => {
        const reason = trigger.take(Infinity);
        return reason === null ? EMPTY : run(reason);
      });
      return concat(updates, rest);
    });
}
