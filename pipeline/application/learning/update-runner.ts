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
import type { LabelChange } from '../../../operators/label/label-event.ts';
import { trainingExamples } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import { PendingExamples, type PendingBatch } from '../../../operators/learn/pending-examples.ts';
import type { Example } from '../../../operators/learn/strategy.ts';
import type { LearnReason } from '../../../operators/learn/trigger.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';
import type { SwapCandidate } from '../../../operators/swap/swap.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';

/** How long an update waits for commands that are still being carried out, in real ms. */
export const labelsTogetherMs = 1000;

/** A head that an update drafted, and facts about the update. */
export interface UpdateCandidate extends SwapCandidate {
  readonly updateMs: number;
  /** Arrival of the first label in it, on {@link Clock.nowMs}; null where it holds none. */
  readonly firstLabelMs: number | null;
  /** Called once it is known what became of the candidate. */
  readonly settled: () => void;
}

export type UpdateEvent =
  | { readonly type: 'learning'; readonly detail: string }
  | UpdateCandidate
  | { readonly type: 'update-failed'; readonly detail: string };

export interface UpdateRunnerParts {
  readonly learner: Pick<Learner, 'update'>;
  readonly memory: SampleMemory;
  readonly background: Pick<BackgroundCollector, 'take'>;
  /** Commands that are being carried out: labels that arrive together are learned together. */
  readonly commandsInFlight: Pick<InFlight, 'idle$'>;
  /** Updates and swaps in flight. */
  readonly modelInFlight: Pick<InFlight, 'begin'>;
  readonly clock: Clock;
}

/** Collects label changes and makes updates of them, one at a time. */
export class UpdateRunner {
  readonly #parts: UpdateRunnerParts;
  readonly #pending = new PendingExamples();
  #firstLabelMs: number | null = null;
  #rolledBack = false;

  constructor(parts: UpdateRunnerParts) {
    this.#parts = parts;
  }

  /** Notes a label change. Returns whether there is anything new to learn. */
  note({ before, after }: LabelChange): boolean {
    if (!this.#pending.note(before, after)) return false;
    const { clock } = this.#parts;
    const agoMs = after.label === null ? 0 : Math.max(0, clock.wallMs() - after.label.atMs);
    this.#firstLabelMs ??= clock.nowMs() - agoMs;
    return true;
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
   * Emits nothing where there is nothing to learn. An update that fails emits that it did, and its
   * labels wait for the next one.
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
    const batch = this.#pending.take();
    const firstLabelMs = this.#firstLabelMs;
    this.#firstLabelMs = null;
    const hasLabels = batch.added.length + batch.removed.length > 0;
    if (hasLabels) this.#rolledBack = false;
    else if (reason !== 'drift') {
      // The update before waited for these labels and learned them with its own.
      settled();
      return EMPTY;
    }
    const background = this.#parts.background.take();
    const removals = batch.removed.length > 0 ? `, forgetting ${batch.removed.length}` : '';
    const detail = hasLabels
      ? `learning from ${batch.added.length} labelled samples${removals}`
      : `learning from ${background.negatives.length} background samples`;
    return concat(
      of<UpdateEvent>({ type: 'learning', detail }),
      this.#draft(batch, background, firstLabelMs, settled),
    );
  }

  #draft(
    batch: PendingBatch,
    { negatives, ...background }: ReturnType<BackgroundCollector['take']>,
    firstLabelMs: number | null,
    settled: () => void,
  ): Observable<UpdateEvent> {
    const { learner, memory, clock } = this.#parts;
    const replay = (): Example[] => trainingExamples(memory.values());
    const added = [...batch.added, ...negatives];
    const startedMs = clock.nowMs();
    const change = { added, removed: batch.removed, ...background, replay };
    // The end of the run aborts the update, which leaves the learner as it was.
    return abortable((signal) => learner.update(change, signal)).pipe(
      map(({ draft, trainedOn }): UpdateEvent => {
        const updateMs = clock.nowMs() - startedMs;
        const createdMs = clock.wallMs();
        return { type: 'candidate', draft, trainedOn, createdMs, updateMs, firstLabelMs, settled };
      }),
      catchError((error: unknown) => {
        const discarded = this.#pending.putBack(batch);
        const step = discarded === 0 ? 'learn' : `learn (${discarded} labels discarded)`;
        const detail = `${step} failed: ${messageOf(error)}`;
        return concat(of<UpdateEvent>({ type: 'update-failed', detail }), callBack(settled));
      }),
    );
  }
}
