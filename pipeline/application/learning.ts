import {
  filter,
  from,
  merge,
  Subject,
  type Observable,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import type { Head } from '../../operators/detect/heads/head.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import { learnWhen } from '../../operators/learn/learn-when.ts';
import { exampleOf, trainingExamples } from '../../operators/learn/examples/sample-example.ts';
import type { Example } from '../../operators/learn/strategy.ts';
import type { LearnReason, TriggerOptions } from '../../operators/learn/trigger.ts';
import type { Sample, SampleMemory } from '../../operators/remember/sample.ts';
import { judge, type Verdict } from '../../operators/swap/gate.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import {
  swap,
  type HeadKeeper,
  type RollbackRequest,
  type SwapCandidate,
  type SwapEvent,
} from '../../operators/swap/swap.ts';
import type { ModelMessage } from '../../sinks/events.ts';
import type { BackgroundCollector } from './sampling/background-collector.ts';
import { gateSamples } from './sampling/gate-input.ts';

export interface LearningParts {
  readonly learner: Pick<Learner, 'update'>;
  readonly memory: SampleMemory;
  readonly line: HeadHistory;
  readonly keeper: HeadKeeper;
  /** Puts a head in the detector's hands; resolves once frames are detected with it. */
  readonly install: (head: Head) => Promise<void>;
  readonly trigger: TriggerOptions;
  readonly tolerance: number;
  /** What live scenes showed of the background: to be learned, and to be judged on. */
  readonly background: Pick<BackgroundCollector, 'take' | 'judged' | 'grown'>;
  /** Resolves when no more labels are on their way, or after a while. */
  readonly quiet: () => Promise<void>;
  /** What the trigger waits on: the real clock, or the frames' time. */
  readonly scheduler: SchedulerLike;
  /** Real ms that never go back, for what is measured. */
  readonly now: () => number;
  /** ms since the Unix epoch, or of virtual time, for what is written down. */
  readonly wallNow: () => number;
  readonly publish: (message: ModelMessage) => void;
}

interface Candidate extends SwapCandidate {
  readonly updateMs: number;
  readonly firstLabelMs: number | null;
}
type Request = Candidate | (RollbackRequest & { readonly done: () => void });

/** A head that is installed and has not made a frame yet. */
interface Expected {
  readonly version: number;
  readonly message: ModelMessage;
  readonly firstLabelMs: number | null;
}

/** Labels → updates → gate → swap, in the background; knows what was learned and how long it took. */
export class Learning {
  swaps = 0;
  refused = 0;
  readonly labelToLiveMs: number[] = [];
  /** Of the newest judgement that let a head pass. */
  verdicts: Verdict['perClass'] = [];
  readonly #parts: LearningParts;
  readonly #labels = new Subject<number>();
  readonly #rollbacks = new Subject<Request>();
  readonly #subscription: Subscription;
  readonly #idle: (() => void)[] = [];
  #added: Example[] = [];
  #removed: Example[] = [];
  #firstLabelMs: number | null = null;
  #underWay = 0;
  /** Somebody went back to an older head: only a label leads forward again. */
  #wentBack = false;
  #expected: Expected | null = null;

  constructor(parts: LearningParts) {
    this.#parts = parts;
    this.#subscription = this.#requests()
      .pipe(
        swap<Request>({
          line: parts.line,
          judge: (candidate, active) => [
            judge({
              candidate,
              active,
              heldOut: [...gateSamples(parts.memory.values()), ...parts.background.judged],
              tolerance: parts.tolerance,
            }),
          ],
          install: parts.install,
          keeper: parts.keeper,
        }),
      )
      .subscribe({
        next: (event) => this.#took(event),
        error: (error: unknown) => this.#fail('learning', error),
      });
  }

  /** A label came, changed or went. `before` is the sample as it was, null for a new one. */
  changed(before: Sample | null, after: Sample): void {
    const wasTrained = before?.label != null && !before.heldOut;
    const isTrained = after.label !== null && !after.heldOut;
    if (wasTrained) this.#withdraw(exampleOf(before));
    if (isTrained) this.#added.push(exampleOf(after));
    // What is only judged on changes nothing that could be learned.
    if (!wasTrained && !isTrained) return;
    const { now, wallNow } = this.#parts;
    const agoMs = after.label === null ? 0 : Math.max(0, wallNow() - after.label.atMs);
    this.#firstLabelMs ??= now() - agoMs;
    this.#labels.next(1);
  }

  /** Goes back to a version, or to the one before; resolves when it is done or refused. */
  rollback(version?: number): Promise<void> {
    return new Promise((resolve) => {
      this.#underWay++;
      this.#rollbacks.next({
        type: 'rollback',
        ...(version === undefined ? {} : { version }),
        done: resolve,
      });
    });
  }

  /** A frame was detected with this head. */
  seen(headVersion: number): void {
    const expected = this.#expected;
    if (expected === null || headVersion < expected.version) return;
    this.#announce(expected, this.#parts.now());
  }

  /** Resolves when no update and no swap is under way. */
  async settled(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Stops learning; what is announced late is announced now. */
  close(): void {
    this.#subscription.unsubscribe();
    if (this.#expected !== null) this.#announce(this.#expected, null);
  }

  #requests(): Observable<Request> {
    const { trigger, scheduler, line, background } = this.#parts;
    // A scene that turns out to hold more than was known when its things were named.
    const drift = background.grown.pipe(
      filter(() => line.active.classes.length > 0 && !this.#wentBack),
    );
    const candidates = this.#labels.pipe(
      learnWhen((reason) => this.#learn(reason), { ...trigger, drift, scheduler }),
    );
    return merge(candidates, this.#rollbacks);
  }

  #learn(reason: LearnReason): Observable<Candidate> {
    this.#underWay++;
    return from(this.#update(reason)).pipe(filter((candidate) => candidate !== null));
  }

  /**
   * One update with all labels that have come, and what was seen of the background; null, and done, where there is nothing to
   * learn or it failed.
   */
  async #update(reason: LearnReason): Promise<Candidate | null> {
    const { learner, memory, now, wallNow, line, publish, background, quiet } = this.#parts;
    await quiet();
    const added = this.#added.splice(0);
    const removed = this.#removed.splice(0);
    const firstLabelMs = this.#firstLabelMs;
    this.#firstLabelMs = null;
    if (added.length + removed.length > 0) this.#wentBack = false;
    else if (reason !== 'drift') {
      // The update before waited for these labels and learned them with its own.
      this.#finished();
      return null;
    }
    const { negatives, ...seen } = background.take();
    const forgetting = removed.length > 0 ? `, forgetting ${removed.length}` : '';
    publish({
      type: 'model',
      event: 'learning',
      headVersion: line.active.version,
      classes: line.active.classes,
      timestampMs: wallNow(),
      detail:
        added.length + removed.length > 0
          ? `learning from ${added.length} labelled samples${forgetting}`
          : `learning from ${negatives.length} views of what is beside them`,
    });
    const startedMs = now();
    const replay = (): Example[] => trainingExamples(memory.values());
    try {
      const change = { added: [...added, ...negatives], removed, ...seen, replay };
      const { draft, trainedOn } = await learner.update(change);
      const updateMs = now() - startedMs;
      return { type: 'candidate', draft, trainedOn, createdMs: wallNow(), updateMs, firstLabelMs };
    } catch (error) {
      // The learner knows what it knew before; the labels wait for the next update.
      this.#added.unshift(...added);
      this.#removed.unshift(...removed);
      const givenUp = this.#keepNewest();
      this.#fail(givenUp === 0 ? 'learn' : `learn (${givenUp} labels given up)`, error);
      this.#finished();
      return null;
    }
  }

  /** Bounds what waits while update after update fails; answers how many labels no longer do. */
  #keepNewest(): number {
    const gone = this.#added.splice(0, Math.max(0, this.#added.length - waitingMax));
    for (const { id, label } of gone) {
      // What is never put in must not be taken out either.
      const at = this.#removed.findIndex((each) => each.id === id && each.label === label);
      if (at >= 0) this.#removed.splice(at, 1);
    }
    const stale = this.#removed.splice(0, Math.max(0, this.#removed.length - waitingMax));
    return gone.length + stale.length;
  }

  #withdraw(example: Example): void {
    // What was added since the last update has not been learned: it is simply not added. The newest
    // of a sample's names is the one it has: older ones may stand here after an update that failed.
    const at = this.#added.findLastIndex(({ id }) => id === example.id);
    if (at >= 0) this.#added.splice(at, 1);
    else this.#removed.push(example);
  }

  #took(event: SwapEvent<Request>): void {
    const { request } = event;
    const { publish, line, wallNow } = this.#parts;
    const facts = { type: 'model', timestampMs: wallNow() } as const;
    const active = { headVersion: line.active.version, classes: line.active.classes };
    switch (event.type) {
      case 'swapped': {
        this.swaps++;
        this.verdicts = event.verdict.perClass;
        if (this.#expected !== null) this.#announce(this.#expected, null);
        this.#expected = {
          version: event.head.version,
          firstLabelMs: 'firstLabelMs' in request ? request.firstLabelMs : null,
          message: {
            ...facts,
            event: 'swapped',
            headVersion: event.head.version,
            classes: event.head.classes,
            detail: `head ${event.head.version} is live: ${event.verdict.reason}`,
            ...('updateMs' in request ? { updateMs: request.updateMs } : {}),
            verdicts: event.verdict.perClass,
          },
        };
        break;
      }
      case 'refused':
        this.refused++;
        publish({
          ...facts,
          ...active,
          event: 'refused',
          detail: `the new head was refused: ${event.verdict.reason}`,
          verdicts: event.verdict.perClass,
        });
        break;
      case 'rolled-back':
        this.#wentBack = true;
        publish({
          ...facts,
          event: 'rolled-back',
          headVersion: event.head.version,
          classes: event.head.classes,
          detail: `back from head ${event.from} to head ${event.head.version}`,
        });
        break;
      case 'failed':
        this.#fail(event.stage, event.error);
        // A save comes after the swap that it belongs to, which has been counted.
        if (event.stage === 'save') return;
        break;
    }
    if ('done' in request) request.done();
    this.#finished();
  }

  #announce({ message, firstLabelMs }: Expected, seenMs: number | null): void {
    this.#expected = null;
    if (seenMs === null || firstLabelMs === null) {
      this.#parts.publish(message);
      return;
    }
    const labelToLiveMs = seenMs - firstLabelMs;
    this.labelToLiveMs.push(labelToLiveMs);
    if (this.labelToLiveMs.length > labelToLiveKept) this.labelToLiveMs.shift();
    this.#parts.publish({ ...message, labelToLiveMs });
  }

  #fail(stage: string, error: unknown): void {
    const { line, publish, wallNow } = this.#parts;
    const why = error instanceof Error ? error.message : String(error);
    publish({
      type: 'model',
      event: 'failed',
      headVersion: line.active.version,
      classes: line.active.classes,
      timestampMs: wallNow(),
      detail: `${stage} failed: ${why}`,
    });
  }

  #finished(): void {
    this.#underWay--;
    if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Labels that wait for the next update when one has failed, and labels taken back likewise: some 25 kB each. */
const waitingMax = 2048;
/** Durations kept for the report. */
const labelToLiveKept = 1000;
