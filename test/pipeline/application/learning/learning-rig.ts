import { map, Subject, takeUntil, tap, type Subscription } from 'rxjs';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { InFlight } from '../../../../operators/foundation/streams/in-flight.ts';
import { VirtualTime } from '../../../../operators/foundation/time/virtual-time.ts';
import type { LabelChange } from '../../../../operators/label/label-event.ts';
import { createMemory } from '../../../../operators/remember/create-memory.ts';
import type { Label } from '../../../../operators/remember/sample.ts';
import { HeadHistory } from '../../../../operators/swap/head-history.ts';
import { MemoryHeadStore } from '../../../../operators/swap/store/head-store.ts';
import { announceWhenLive } from '../../../../pipeline/application/learning/announce-when-live.ts';
import {
  learnAndSwap,
  type LearningParts,
  type PendingRollback,
} from '../../../../pipeline/application/learning/learn-and-swap.ts';
import { announcementOf } from '../../../../pipeline/application/learning/model-messages.ts';
import { ModelMeter } from '../../../../pipeline/application/metrics/model-meter.ts';
import type { ModelMessage } from '../../../../sinks/events.ts';
import { makeSample, classLabel } from '../../../operators/remember/make-sample.ts';
import { settle } from '../scripted-camera.ts';
import { ScriptedLearner } from '../scripted-learner.ts';

/** Learning as the graph runs it, with a scripted learner and a clock that a test advances. */
export class LearningRig {
  readonly learner = new ScriptedLearner();
  readonly #time = new VirtualTime();
  readonly memory = createMemory('reservoir', 2 ** 22, seededRandom(1));
  readonly heads = new HeadHistory(emptyHead());
  readonly store = new MemoryHeadStore();
  /** Versions in the order in which they were installed. */
  readonly installed: number[] = [];
  readonly messages: ModelMessage[] = [];
  readonly meter = new ModelMeter();
  readonly inFlight = new InFlight();
  readonly grown = new Subject<void>();
  readonly labels = new Subject<LabelChange>();
  readonly rollbacks = new Subject<PendingRollback>();
  /** Head versions of detected frames. */
  readonly detected = new Subject<number>();
  readonly ended = new Subject<void>();
  nowMs = 0;
  #subscription: Subscription;

  constructor() {
    this.#subscription = this.#open({});
  }

  /** Starts afresh with other parts. */
  reopen(parts: Partial<LearningParts>): void {
    this.#subscription.unsubscribe();
    this.#subscription = this.#open(parts);
  }

  /** Kinds of the messages so far. */
  events(): string[] {
    return this.messages.map(({ event }) => event);
  }

  /** Resolves once no update, swap or rollback is in flight. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => this.inFlight.idle$.subscribe(resolve));
  }

  async rollback(version?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = this.inFlight.begin();
      this.rollbacks.next({
        type: 'rollback',
        ...(version === undefined ? {} : { version }),
        settled: () => {
          end();
          resolve();
        },
      });
    });
  }

  /** Labels a sample; null removes its label. */
  name(id: string, to: Label | string | null): void {
    const before = this.memory.get(id) ?? null;
    // The label came 20 ms ago; making its sample took that long.
    const atMs = 5_000_000 + this.nowMs - 20;
    const label = typeof to === 'string' ? { ...classLabel(to), atMs } : to;
    const after = { ...(before ?? makeSample(id)), label };
    if (before === null) this.memory.insert(after);
    else this.memory.replace(after);
    this.labels.next({ before, after });
  }

  async advanceTo(timeMs: number): Promise<void> {
    this.nowMs = timeMs;
    this.#time.advance(timeMs);
    await settle();
  }

  /** Labels two cones, which are learned by this time. */
  async learnCones(first: string, second: string, byMs: number): Promise<void> {
    for (const id of [first, second]) this.name(id, 'cone');
    await this.advanceTo(byMs);
    await this.learner.answer();
  }

  #open(parts: Partial<LearningParts>): Subscription {
    const clock = {
      nowMs: () => this.nowMs,
      wallMs: () => 5_000_000 + this.nowMs,
      scheduler: this.#time.scheduler,
    };
    const events = learnAndSwap(this.labels, this.rollbacks, {
      learner: this.learner,
      memory: this.memory,
      heads: this.heads,
      keeper: this.store,
      install: async (head: Head) => {
        this.installed.push(head.version);
      },
      trigger: { minLabels: 2, maxWaitMs: 1000, coolDownMs: 500 },
      tolerance: 0.05,
      background: {
        take: () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] }),
        heldOut: [],
        grown$: this.grown,
      },
      commandsInFlight: new InFlight(),
      modelInFlight: this.inFlight,
      clock,
      ...parts,
    }).pipe(takeUntil(this.ended));
    return events
      .pipe(
        tap((event) => this.meter.count(event)),
        map((event) => announcementOf(event, this.heads, clock.wallMs())),
        announceWhenLive(this.detected, clock),
        tap((message) => this.meter.time(message)),
      )
      .subscribe((message) => this.messages.push(message));
  }
}
