import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  of,
  Subject,
  take,
  timer,
  type Observable,
} from 'rxjs';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { abortable } from '../../../operators/foundation/streams/abortable.ts';
import { callBack } from '../../../operators/foundation/streams/call-back.ts';
import type { InFlight } from '../../../operators/foundation/streams/in-flight.ts';
import type { Clock } from '../../../operators/foundation/time/clock.ts';
import type { Journal } from '../../../operators/label/journal/journal.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import { trainingExamples } from '../../../operators/learn/examples/example-of-sample.ts';
import type { LearnDifference } from '../../../operators/learn/learned-set.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import type { Update } from '../../../operators/learn/learner-messages.ts';
import type { LearnReason } from '../../../operators/learn/trigger.ts';
import { withNames } from '../../../operators/swap/named-head.ts';
import type { SeenMemory } from '../../state/sight/memory-in-sight.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import { describeUpdate } from './describe-update.ts';
import { learnDifference } from './learn-difference.ts';
import { KnownLearned, type RelearnParts } from './known-learned.ts';
import type { PinnedSamples } from './pinned-samples.ts';
import type { UpdateCandidate, UpdateEvent } from './update-event.ts';
import { UpdateFailures } from './update-failures.ts';
import { wantedLabel } from './wanted-labels.ts';

/** How long an update waits for commands that are still being carried out, in real ms. */
export const labelsTogetherMs = 1000;

export interface UpdateRunnerParts extends RelearnParts {
  readonly learner: Pick<Learner, 'update' | 'save'>;
  readonly memory: SeenMemory;
  readonly journal: Journal;
  /** Whether a head is to be drafted at the start, though nothing has to be learned. */
  readonly redraftAtStart: boolean;
  readonly pinned: PinnedSamples;
  readonly background: Pick<BackgroundCollector, 'take'>;
  /** Commands that are being carried out: labels that arrive together are learned together. */
  readonly commandsInFlight: Pick<InFlight, 'idle$'>;
  /** Updates and swaps in flight. */
  readonly modelInFlight: Pick<InFlight, 'begin'>;
  readonly clock: Clock;
}

/**
 * Makes updates of the difference between what the journal wants learned and what the learner has
 * learned, one at a time.
 */
export class UpdateRunner {
  readonly #parts: UpdateRunnerParts;
  readonly #learned: KnownLearned;
  readonly #failures = new UpdateFailures();
  #redraft: boolean;
  #firstLabelMs: number | null = null;
  #rolledBack = false;
  readonly #again = new Subject<number>();

  constructor(parts: UpdateRunnerParts) {
    this.#parts = parts;
    this.#learned = new KnownLearned(parts);
    this.#redraft = parts.redraftAtStart;
  }

  /** Notes a label event. Returns the number of changes that there are to learn. */
  note({ labelId, changes, classes }: LabelEvent): number {
    const { clock, pinned, journal } = this.#parts;
    let count = 0;
    for (const { before, after } of changes) {
      const sample = after ?? before;
      if (sample === null || !this.#parts.memory.sees(sample)) continue;
      this.#failures.leftOut.delete(sample.id);
      const isLearned = this.#learned.includes(sample.id);
      if (wantedLabel(journal, sample.id) === undefined && !isLearned) continue;
      pinned.pin(sample);
      count++;
      // A label that holds again, or goes by another name, is older than the command.
      const given = after?.label?.labelId === labelId ? after.label : null;
      const atMs = given?.atMs ?? clock.wallMs();
      this.#firstLabelMs ??= clock.nowMs() - Math.max(0, clock.wallMs() - atMs);
    }
    // A head has to be drafted for a new name too, and to leave out a class that is gone.
    const renamed = classes.some(({ before }) => before !== null);
    if (renamed) this.#redraft = true;
    return count + (renamed && count === 0 ? 1 : 0);
  }

  /** Notes that the learner was restarted, with its saved state or without. */
  noteRestart(how: { readonly restored: boolean }): void {
    this.#learned.noteRestart(how);
  }

  /** Notes whether a head that was drafted was compared and taken up; one that was not is due. */
  noteOutcome(isUsed: boolean): void {
    const waitMs = this.#failures.noteOutcome(isUsed);
    if (waitMs === null) return;
    this.#redraft = true;
    this.#again.next(waitMs);
  }

  /** Asks for another update after this many ms: one failed, or could not learn all at once. */
  get again$(): Observable<number> {
    return this.#again.asObservable();
  }

  /** Whether there is anything to learn, or a head to draft. */
  get isDue(): boolean {
    return this.#redraft || !this.#learned.isKnown || !this.#difference().isEmpty;
  }

  /** Whether an older head was made active since the newest labels. */
  get rolledBack(): boolean {
    return this.#rolledBack;
  }

  /** Notes that an older head was made active: only labels lead to a new one from there. */
  noteRollback(): void {
    this.#rolledBack = true;
  }

  /**
   * One update with all labels that have come and the background collected since the last one.
   * Emits nothing where there is nothing to learn. What a failed one was to learn, the next learns.
   */
  run(reason: LearnReason): Observable<UpdateEvent> {
    const { commandsInFlight, modelInFlight } = this.#parts;
    return defer(() => {
      const settled = modelInFlight.begin();
      return merge(commandsInFlight.idle$, timer(labelsTogetherMs)).pipe(
        take(1),
        concatMap(() =>
          this.#learned.isKnown
            ? this.#update(reason, settled)
            : this.#updateRecovered(settled).pipe(
                catchError((error: unknown) => this.#failed(error, [], settled)),
              ),
        ),
      );
    });
  }

  /** Brings a restarted learner back before an update. */
  #updateRecovered(settled: () => void): Observable<UpdateEvent> {
    return defer(() => this.#learned.recover()).pipe(
      concatMap(() => {
        if (!this.#learned.isKnown) throw new Error('the learner was restarted');
        return this.#update('labels', settled);
      }),
    );
  }

  #update(reason: LearnReason, settled: () => void): Observable<UpdateEvent> {
    const difference = this.#difference();
    const firstLabelMs = this.#firstLabelMs;
    this.#firstLabelMs = null;
    const hasLabels = !difference.isEmpty || this.#redraft;
    if (hasLabels) this.#rolledBack = false;
    else if (reason !== 'drift') {
      // The update before waited for these labels and learned them with its own.
      this.#learned.now = difference.after;
      settled();
      return EMPTY;
    }
    const background = this.#parts.background.take();
    return concat(
      of<UpdateEvent>({
        type: 'learning',
        detail: describeUpdate(difference, background, hasLabels),
      }),
      this.#draft(difference, { background, firstLabelMs, settled }),
    );
  }

  #draft(
    difference: LearnDifference,
    extra: Pick<UpdateCandidate, 'background' | 'firstLabelMs' | 'settled'>,
  ): Observable<UpdateEvent> {
    const { learner, memory, journal, clock, pinned } = this.#parts;
    const replay = () => trainingExamples(memory.values(), ({ id }) => wantedLabel(journal, id));
    const { negatives, ...background } = extra.background;
    const { removed, moved } = difference;
    const added = [...difference.added, ...negatives];
    const change = { added, removed, moved, ...background, replay };
    const startedMs = clock.nowMs();
    const pins = pinned.take();
    const checkSameLearner = this.#learned.restartCheck();
    this.#learned.next = difference.after;
    // The end of the run aborts the update, which leaves the learner as it was.
    return abortable((signal) => learner.update(change, signal)).pipe(
      map((update): UpdateEvent => {
        checkSameLearner();
        this.#failures.succeeded();
        this.#redraft = false;
        if (difference.isWhole) pinned.release(pins);
        else this.#again.next(0);
        this.#learned.now = difference.after;
        this.#learned.now.sealMissing((id) => pinned.vectorsOf(id, memory) !== undefined);
        const state = learner.save().then((bytes) => {
          checkSameLearner();
          return bytes;
        });
        return this.#candidate(update, difference, { ...extra, state, startedMs });
      }),
      catchError((error: unknown) => {
        const ids = difference.added.map(({ id }) => id);
        return this.#failed(error, ids, extra.settled);
      }),
      finalize(() => (this.#learned.next = null)),
    );
  }

  #candidate(
    { draft, trainedOn }: Update,
    { added, removed, isWhole }: LearnDifference,
    {
      startedMs,
      state,
      ...extra
    }: Pick<UpdateCandidate, 'background' | 'firstLabelMs' | 'settled' | 'state'> & {
      startedMs: number;
    },
  ): UpdateCandidate {
    const { clock, journal } = this.#parts;
    // Whoever stores the candidate reports a failure.
    state.catch(() => undefined);
    return {
      type: 'candidate',
      draft: withNames({ ...draft, classIds: draft.classes }, (id) => journal.classes.nameOf(id)),
      trainedOn,
      createdMs: clock.wallMs(),
      updateMs: clock.nowMs() - startedMs,
      learned: this.#learned.now,
      learning: () => this.#learned.next,
      isWhole,
      counts: { added: added.length, removed: removed.length },
      state,
      ...extra,
    };
  }

  #failed(error: unknown, added: readonly string[], settled: () => void): Observable<UpdateEvent> {
    const { waitMs, retrain, leftOut } = this.#failures.failed(error, added);
    this.#again.next(waitMs);
    const rest =
      leftOut > 0 ? `; ${leftOut} samples are left out until they are labelled again` : '';
    const detail = `learn failed: ${messageOf(error)}${rest}`;
    const failure = of<UpdateEvent>({ type: 'update-failed', detail });
    if (!retrain) return concat(failure, callBack(settled));
    // Whatever is wrong with the learner's state, another attempt on it would fail as well.
    const retrained = defer(() => this.#learned.retrain()).pipe(
      map((): UpdateEvent => {
        this.#redraft = true;
        return { type: 'learning', detail: 'the learner is trained anew from what is kept' };
      }),
      catchError((cause: unknown) =>
        of<UpdateEvent>({
          type: 'update-failed',
          detail: `retraining failed: ${messageOf(cause)}`,
        }),
      ),
    );
    return concat(failure, retrained, callBack(settled));
  }

  #difference(): LearnDifference {
    return learnDifference(this.#learned.now, this.#parts, this.#failures.leftOut);
  }
}
