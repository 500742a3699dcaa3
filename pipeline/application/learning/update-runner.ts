import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  map,
  merge,
  of,
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
import type { LearnDifference, LearnedSet } from '../../../operators/learn/learned-set.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import type { Update } from '../../../operators/learn/learner-messages.ts';
import type { LearnReason } from '../../../operators/learn/trigger.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';
import { withNames } from '../../../operators/swap/named-head.ts';
import type { SwapCandidate } from '../../../operators/swap/swap.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import { learnDifference } from './learn-difference.ts';
import type { PinnedSamples } from './pinned-samples.ts';
import { wantedLabel } from './wanted-labels.ts';

/** How long an update waits for commands that are still being carried out, in real ms. */
export const labelsTogetherMs = 1000;

/** Failed updates in a row after which the learner is trained anew. */
export const failuresMax = 3;

type Background = ReturnType<BackgroundCollector['take']>;

/** A head that an update drafted, and facts about the update. */
export interface UpdateCandidate extends SwapCandidate {
  readonly updateMs: number;
  /** Arrival of the first label in it, on {@link Clock.nowMs}; null where it holds none. */
  readonly firstLabelMs: number | null;
  /** What the learner has learned with it. */
  readonly learned: LearnedSet;
  /** Samples that it added to and removed from the learner. */
  readonly counts: { readonly added: number; readonly removed: number };
  readonly background: Background;
  /** The learner's state after the update. */
  readonly state: Promise<Uint8Array>;
  /** Called once it is known what became of the candidate. */
  readonly settled: () => void;
}

export type UpdateEvent =
  | { readonly type: 'learning'; readonly detail: string }
  | UpdateCandidate
  | { readonly type: 'update-failed'; readonly detail: string };

export interface UpdateRunnerParts {
  readonly learner: Pick<Learner, 'update' | 'save'>;
  readonly memory: SampleMemory;
  readonly journal: Journal;
  /** What the learner has learned when the run starts. */
  readonly learned: LearnedSet;
  /** Whether a head is to be drafted at the start, though nothing has to be learned. */
  readonly redraftAtStart: boolean;
  readonly pinned: PinnedSamples;
  /** Trains the learner anew from what is kept; resolves with what it has learned then. */
  readonly retrain: () => Promise<LearnedSet>;
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
  #learned: LearnedSet;
  #redraft: boolean;
  #firstLabelMs: number | null = null;
  #rolledBack = false;
  #failures = 0;

  constructor(parts: UpdateRunnerParts) {
    this.#parts = parts;
    this.#learned = parts.learned;
    this.#redraft = parts.redraftAtStart;
  }

  /** Notes a label event. Returns the number of changes that there are to learn. */
  note({ changes, classes }: LabelEvent): number {
    const { clock, pinned, journal } = this.#parts;
    let count = 0;
    for (const { before, after } of changes) {
      const sample = after ?? before;
      if (sample === null) continue;
      const isLearned = this.#learned.labelOf(sample.id) !== undefined;
      if (wantedLabel(journal, sample.id) === undefined && !isLearned) continue;
      pinned.pin(sample);
      count++;
      const atMs = after?.label?.atMs ?? clock.wallMs();
      this.#firstLabelMs ??= clock.nowMs() - Math.max(0, clock.wallMs() - atMs);
    }
    // A head has to be drafted for a new name too, and to leave out a class that is gone.
    const renamed = classes.some(({ before }) => before !== null);
    if (renamed) this.#redraft = true;
    return count + (renamed && count === 0 ? 1 : 0);
  }

  /** Notes that the learner was restarted and has learned what it had learned at the last save. */
  noteRestart(learned: LearnedSet): void {
    this.#learned = learned;
  }

  /** Whether there is anything to learn, or a head to draft. */
  get isDue(): boolean {
    return this.#redraft || !this.#difference().isEmpty;
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
   * Emits nothing where there is nothing to learn. An update that fails emits that it did; what it
   * was to learn is part of the next one.
   */
  run(reason: LearnReason): Observable<UpdateEvent> {
    const { commandsInFlight, modelInFlight } = this.#parts;
    return defer(() => {
      const settled = modelInFlight.begin();
      return merge(commandsInFlight.idle$, timer(labelsTogetherMs)).pipe(
        take(1),
        concatMap(() => this.#update(reason, settled)),
      );
    });
  }

  #update(reason: LearnReason, settled: () => void): Observable<UpdateEvent> {
    const difference = this.#difference();
    const firstLabelMs = this.#firstLabelMs;
    this.#firstLabelMs = null;
    const hasLabels = !difference.isEmpty || this.#redraft;
    if (hasLabels) this.#rolledBack = false;
    else if (reason !== 'drift') {
      // The update before waited for these labels and learned them with its own.
      this.#learned = difference.after;
      settled();
      return EMPTY;
    }
    const background = this.#parts.background.take();
    return concat(
      of<UpdateEvent>({ type: 'learning', detail: describe(difference, background, hasLabels) }),
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
    // The end of the run aborts the update, which leaves the learner as it was.
    return abortable((signal) => learner.update(change, signal)).pipe(
      map((update): UpdateEvent => {
        this.#failures = 0;
        this.#redraft = false;
        pinned.release(pins);
        this.#learned = difference.after;
        this.#learned.sealMissing((id) => pinned.vectorsOf(id, memory) !== undefined);
        return this.#candidate(update, difference, { ...extra, startedMs });
      }),
      catchError((error: unknown) => this.#failed(error, extra)),
    );
  }

  #candidate(
    { draft, trainedOn }: Update,
    { added, removed }: LearnDifference,
    {
      startedMs,
      ...extra
    }: Pick<UpdateCandidate, 'background' | 'firstLabelMs' | 'settled'> & { startedMs: number },
  ): UpdateCandidate {
    const { clock, journal, learner } = this.#parts;
    const state = learner.save();
    // Whoever stores the candidate reports a failure.
    state.catch(() => undefined);
    return {
      type: 'candidate',
      draft: withNames({ ...draft, classIds: draft.classes }, (id) => journal.classes.nameOf(id)),
      trainedOn,
      createdMs: clock.wallMs(),
      updateMs: clock.nowMs() - startedMs,
      learned: this.#learned,
      counts: { added: added.length, removed: removed.length },
      state,
      ...extra,
    };
  }

  #failed(error: unknown, { settled }: Pick<UpdateCandidate, 'settled'>): Observable<UpdateEvent> {
    this.#failures++;
    const detail = `learn failed: ${messageOf(error)}`;
    const failure = of<UpdateEvent>({ type: 'update-failed', detail });
    if (this.#failures < failuresMax) return concat(failure, callBack(settled));
    // Whatever is wrong with the learner's state, another attempt on it would fail as well.
    this.#failures = 0;
    const retrained = defer(() => this.#parts.retrain()).pipe(
      map((learned): UpdateEvent => {
        this.#learned = learned;
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
    return learnDifference(this.#learned, this.#parts);
  }
}

function describe(
  { added, removed, unremovable }: LearnDifference,
  background: Background,
  hasLabels: boolean,
): string {
  if (!hasLabels) return `learning from ${background.negatives.length} background samples`;
  const removals = removed.length > 0 ? `, forgetting ${removed.length}` : '';
  const rest =
    unremovable.length > 0
      ? `; ${unremovable.length} changed samples stay learned as they were, since their vectors are gone`
      : '';
  return `learning from ${added.length} labelled samples${removals}${rest}`;
}
