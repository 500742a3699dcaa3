import { map, Subject, takeUntil, tap, type Subscription } from 'rxjs';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { InFlight } from '../../../../operators/foundation/streams/in-flight.ts';
import { VirtualTime } from '../../../../operators/foundation/time/virtual-time.ts';
import type { Journal } from '../../../../operators/label/journal/journal.ts';
import type { LabelEvent } from '../../../../operators/label/label-event.ts';
import type { SampleLabels } from '../../../../operators/label/sample-labels.ts';
import type { SupervisedLearner } from '../../../../operators/learn/supervised-learner.ts';
import type { SwapEvent } from '../../../../operators/swap/swap.ts';
import { announceWhenLive } from '../../../../pipeline/application/learning/announce-when-live.ts';
import {
  learnAndSwap,
  type LearningParts,
} from '../../../../pipeline/application/learning/learn-and-swap.ts';
import type { PendingRollback } from '../../../../pipeline/application/learning/model-event.ts';
import { announcementOf } from '../../../../pipeline/application/learning/model-messages.ts';
import { openLearning } from '../../../../pipeline/application/learning/open-learning.ts';
import { ModelMeter } from '../../../../pipeline/application/metrics/model-meter.ts';
import type { BackgroundCollector } from '../../../../pipeline/application/sampling/background-collector.ts';
import { parseConfig } from '../../../../pipeline/configuration/config.ts';
import { putJson, numberKey } from '../../../../pipeline/state/record-kinds.ts';
import { LearnerRestorer } from '../../../../pipeline/state/restore/restore-learner.ts';
import type { State } from '../../../../pipeline/state/state.ts';
import type { ModelMessage } from '../../../../sinks/events.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';
import { openStateOn, TestStore } from '../../state/state-on-store.ts';
import { settle } from '../scripted-camera.ts';
import { ScriptedLearner } from '../scripted-learner.ts';

type Background = Pick<BackgroundCollector, 'take' | 'heldOut' | 'grown$'>;
/** What the rig needs of a learner. */
export type RigLearner = Pick<
  SupervisedLearner,
  'update' | 'save' | 'restore' | 'evaluate' | 'strategy' | 'restarted$'
>;

type OtherParts = Partial<Pick<LearningParts, 'install' | 'keeper'>> & {
  readonly background?: Background;
  readonly heldOutShare?: number;
};

const config = parseConfig({});

/**
 * Learning as a run does it, on a state in memory, with a scripted learner and a clock that a test
 * advances. The classes cone, bollard and post exist, each with its name as its id.
 */
export class LearningRig<L extends RigLearner = ScriptedLearner> {
  readonly learner: L;
  readonly state: State;
  readonly store: TestStore;
  /** Versions in the order in which they were installed. */
  readonly installed: number[] = [];
  readonly messages: ModelMessage[] = [];
  readonly meter = new ModelMeter();
  readonly inFlight = new InFlight();
  readonly grown = new Subject<void>();
  readonly labelled = new Subject<LabelEvent>();
  readonly rollbacks = new Subject<PendingRollback>();
  /** Head versions of detected frames. */
  readonly detected = new Subject<number>();
  readonly ended = new Subject<void>();
  labels!: SampleLabels;
  nowMs = 0;
  readonly #time = new VirtualTime();
  readonly #restorer: LearnerRestorer;
  #subscription: Subscription | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** Opens the state in a store; a new one by default. Another rig may have used it before. */
  static async open(store?: TestStore, parts?: OtherParts): Promise<LearningRig>;
  static async open<L extends RigLearner>(
    store: TestStore,
    parts: OtherParts,
    learner: L,
  ): Promise<LearningRig<L>>;
  static async open(
    store = new TestStore(),
    parts: OtherParts = {},
    learner: RigLearner = new ScriptedLearner(),
  ): Promise<LearningRig<RigLearner>> {
    if ((await store.get('state', 'journal')) === null) await createClasses(store);
    const state = await openStateOn(store);
    const rig = new LearningRig(store, state, learner);
    const restored = await rig.#restorer.restore();
    rig.reopen(parts, restored);
    await settle();
    return rig;
  }

  private constructor(store: TestStore, state: State, learner: L) {
    this.store = store;
    this.state = state;
    this.learner = learner;
    this.#restorer = new LearnerRestorer(state, this.learner, { warn: () => undefined });
  }

  get heads(): State['heads'] {
    return this.state.heads;
  }

  get memory(): State['memory'] {
    return this.state.memory;
  }

  get journal(): Journal {
    return this.state.journal;
  }

  /** Starts afresh with other parts. */
  reopen(parts: OtherParts, learned = this.#restorer.learned()): void {
    this.#subscription?.unsubscribe();
    this.#subscription = this.#open(parts, learned);
  }

  /** Kinds of the messages so far. */
  events(): string[] {
    return this.messages.map(({ event }) => event);
  }

  /** Resolves once no update, swap or rollback is in flight. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => this.inFlight.idle$.subscribe(resolve));
  }

  /** Rolls back; resolves with what became of it. */
  async rollback(version?: number): Promise<SwapEvent> {
    return new Promise((resolve) => {
      const end = this.inFlight.begin();
      this.rollbacks.next({
        type: 'rollback',
        by: 'person',
        ...(version === undefined ? {} : { version }),
        settled: (outcome) => {
          end();
          resolve(outcome);
        },
      });
    });
  }

  /** Labels a sample, which is made where it is missing; null takes its newest label back. */
  name(id: string, to: string | null): void {
    // The label came 20 ms ago; making its sample took that long.
    const author = { by: 'person', atMs: 5_000_000 + this.nowMs - 20 };
    this.do((labels) => {
      const sample = this.memory.get(id) ?? makeSample(id, { trackId: trackOf(id), camera: id });
      if (to === null) return labels.undo(sample.label?.labelId, author);
      return labels.label({ samples: [sample] }, { kind: 'class', class: to }, author);
    });
  }

  /** Carries out a command after those before it. */
  do(command: (labels: SampleLabels) => Promise<LabelEvent>): void {
    this.#last = this.#last.then(async () => this.labelled.next(await command(this.labels)));
  }

  /** Resolves, or rejects, as the newest command does. */
  async commanded(): Promise<void> {
    const last = this.#last;
    this.#last = Promise.resolve();
    await last;
  }

  async advanceTo(timeMs: number): Promise<void> {
    await this.#last;
    this.nowMs = timeMs;
    this.#time.advance(timeMs);
    await settle();
  }

  /** Labels two cones, which are learned by this time. */
  async learnCones(first: string, second: string, byMs: number): Promise<void> {
    for (const id of [first, second]) this.name(id, 'cone');
    await this.advanceTo(byMs);
    if (this.learner instanceof ScriptedLearner) await this.learner.answer();
  }

  #open(
    { background, heldOutShare = 0, ...others }: OtherParts,
    learned: ReturnType<LearnerRestorer['learned']>,
  ): Subscription {
    const clock = {
      nowMs: () => this.nowMs,
      wallMs: () => 5_000_000 + this.nowMs,
      scheduler: this.#time.scheduler,
    };
    const collector = background ?? {
      take: () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] }),
      heldOut: [],
      grown$: this.grown,
    };
    const opened = openLearning({
      config: { ...config, learn: { ...config.learn, heldOutShare } },
      state: this.state,
      learner: this.learner as unknown as SupervisedLearner,
      learned,
      restorer: this.#restorer,
      background: collector as BackgroundCollector,
      pacing: { clock } as Parameters<typeof openLearning>[0]['pacing'],
    });
    this.labels = opened.labels;
    const events = learnAndSwap(this.labelled, this.rollbacks, {
      ...opened,
      learner: this.learner,
      heads: this.heads,
      install: async (head: Head) => {
        this.installed.push(head.version);
      },
      trigger: { minLabels: 2, maxWaitMs: 1000, coolDownMs: 500 },
      background: collector,
      commandsInFlight: new InFlight(),
      modelInFlight: this.inFlight,
      clock,
      ...others,
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

/** A number of its own for each name, so that each sample is an object of its own. */
function trackOf(id: string): number {
  let sum = 1;
  for (let i = 0; i < id.length; i++) sum = 31 * sum + id.charCodeAt(i);
  return sum;
}

async function createClasses(store: TestStore): Promise<void> {
  const names = ['cone', 'bollard', 'post'];
  const entries = names.map((name, i) => ({
    position: i + 1,
    atMs: 0,
    by: 'program',
    fact: { type: 'class', id: name, name } as const,
  }));
  await store.commit([
    ...entries.map((entry) => putJson('journal', numberKey(entry.position), entry)),
    putJson('state', 'journal', { position: entries.length }),
  ]);
}
