import { map, Subject, takeUntil, tap, type Subscription } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { InFlight } from '../../../../operators/foundation/streams/in-flight.ts';
import { FrameScheduler } from '../../../../operators/foundation/time/virtual-time.ts';
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
import { makeExample } from '../../../operators/learn/make-example.ts';
import { makeSample, named, seeded } from '../../../operators/remember/make-sample.ts';
import { draft, sample as judgedSample } from '../../../operators/swap/sample-head.ts';
import { settle } from '../scripted-camera.ts';
import { ScriptedLearner } from '../scripted-learner.ts';

let learner: ScriptedLearner;
let scheduler: FrameScheduler;
let memory: ReturnType<typeof createMemory>;
let heads: HeadHistory;
let store: MemoryHeadStore;
let installed: number[];
let messages: ModelMessage[];
let meter: ModelMeter;
let inFlight: InFlight;
let nowMs: number;
let grown: Subject<void>;
let labels: Subject<LabelChange>;
let rollbacks: Subject<PendingRollback>;
let detected: Subject<number>;
let ended: Subject<void>;
let subscription: Subscription;

/** Runs learning as the graph does: its messages are published once their head is live. */
function open(parts: Partial<LearningParts> = {}): void {
  const clock = { nowMs: () => nowMs, wallMs: () => 5_000_000 + nowMs, scheduler };
  subscription = learnAndSwap(labels, rollbacks, {
    learner,
    memory,
    heads,
    keeper: store,
    install: async (head: Head) => {
      installed.push(head.version);
    },
    trigger: { minLabels: 2, maxWaitMs: 1000, coolDownMs: 500 },
    tolerance: 0.05,
    background: {
      take: () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] }),
      heldOut: [],
      grown$: grown,
    },
    commandsInFlight: new InFlight(),
    modelInFlight: inFlight,
    clock,
    ...parts,
  })
    .pipe(
      takeUntil(ended),
      tap((event) => meter.count(event)),
      map((event) => announcementOf(event, heads, clock.wallMs())),
      announceWhenLive(detected, clock),
      tap((message) => meter.time(message)),
    )
    .subscribe((message) => messages.push(message));
}

/** Starts afresh with other parts. */
function reopen(parts: Partial<LearningParts>): void {
  subscription.unsubscribe();
  open(parts);
}

beforeEach(() => {
  learner = new ScriptedLearner();
  scheduler = new FrameScheduler();
  memory = createMemory('reservoir', 2 ** 22, seeded(1));
  heads = new HeadHistory(emptyHead());
  store = new MemoryHeadStore();
  installed = [];
  messages = [];
  meter = new ModelMeter();
  inFlight = new InFlight();
  nowMs = 0;
  grown = new Subject();
  labels = new Subject();
  rollbacks = new Subject();
  detected = new Subject();
  ended = new Subject();
  open();
});

/** Resolves once no update, swap or rollback is in flight. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => inFlight.idle$.subscribe(resolve));
}

async function rollback(version?: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = inFlight.begin();
    rollbacks.next({
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
function name(id: string, to: Label | string | null): void {
  const before = memory.get(id) ?? null;
  // The label came 20 ms ago; making its sample took that long.
  const label = typeof to === 'string' ? { ...named(to), atMs: 5_000_000 + nowMs - 20 } : to;
  const after = { ...(before ?? makeSample(id)), label };
  if (before === null) memory.insert(after);
  else memory.replace(after);
  labels.next({ before, after });
}

/** Advances the clock. */
async function advanceTo(timeMs: number): Promise<void> {
  nowMs = timeMs;
  scheduler.advance(timeMs);
  await settle();
}

/** Labels two cones, which are learned by this time. */
async function learnCones(first: string, second: string, byMs: number): Promise<void> {
  for (const id of [first, second]) name(id, 'cone');
  await advanceTo(byMs);
  await learner.answer();
}

const events = (): string[] => messages.map(({ event }) => event);

describe('learning', () => {
  it('learns from background once enough was collected, if there is a class to tell from it', async () => {
    const negatives = [makeExample('n1', null), makeExample('n2', null)];
    const seen = { background: new Float32Array(0), backgroundWeight: 4, negatives };
    reopen({ background: { take: () => seen, heldOut: [], grown$: grown } });
    await advanceTo(100);
    grown.next();
    await advanceTo(2000);
    expect(learner.asked).toEqual([]);

    await learnCones('a', 'b', 2000);
    expect(meter.swaps).toBe(1);
    grown.next();
    await advanceTo(3000);
    expect(learner.added).toEqual(['n1 null', 'n2 null']);
    expect(messages.at(-1)?.detail).toBe('learning from 2 background samples');
    await learner.answer();
    expect(heads.active.version).toBe(2);
    detected.next(2);
    expect(messages.at(-1)).toMatchObject({ event: 'swapped', headVersion: 2 });
    expect(messages.at(-1)).not.toHaveProperty('labelToLiveMs');
  });

  it('does not replace a head that was rolled back to because of background alone', async () => {
    await learnCones('a', 'b', 100);
    await learnCones('c', 'd', 1000);
    await rollback();
    expect(heads.active.version).toBe(1);
    grown.next();
    await advanceTo(3000);
    expect(learner.asked).toHaveLength(2);
    await learnCones('e', 'f', 4000);
    grown.next();
    await advanceTo(5000);
    expect(learner.asked).toHaveLength(4);
  });

  it('goes from labels over an update and the gate to a swap, published with its first frame', async () => {
    await advanceTo(100);
    name('a', 'cone');
    await advanceTo(150);
    name('b', 'cone');
    await advanceTo(150);
    expect(learner.added).toEqual(['a cone', 'b cone']);
    expect(messages).toEqual([
      {
        ...{ type: 'model', event: 'learning', headVersion: 0, classes: [] },
        ...{ timestampMs: 5_000_150, detail: 'learning from 2 labelled samples' },
      },
    ]);

    nowMs = 400;
    await learner.answer();
    expect(installed).toEqual([1]);
    expect(heads.active.version).toBe(1);
    expect(await store.activeVersion()).toBe(1);
    expect(meter.swaps).toBe(1);
    // Frames that were in the detector before still name the old head.
    detected.next(0);
    expect(events()).toEqual(['learning']);

    nowMs = 450;
    detected.next(1);
    detected.next(1);
    expect(events()).toEqual(['learning', 'swapped']);
    expect(messages[1]).toMatchObject({ headVersion: 1, classes: ['cone'], updateMs: 250 });
    // From the first label’s arrival: not from the last one’s, nor from when its sample was made.
    expect(messages[1]?.labelToLiveMs).toBe(370);
    expect(meter.labelToLiveMs).toEqual([370]);
  });

  it('waits for enough labels, or for the oldest to have waited long enough', async () => {
    name('a', 'cone');
    await advanceTo(999);
    expect(learner.asked).toHaveLength(0);
    await advanceTo(1000);
    expect(learner.added).toEqual(['a cone']);
  });

  it('learns labels that arrive during an update in the next one', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    name('c', 'cone');
    name('d', 'cone');
    await advanceTo(600);
    expect(learner.asked).toHaveLength(1);
    await learner.answer();
    await advanceTo(600);
    expect(learner.added).toEqual(['c cone', 'd cone']);
    await learner.answer();
    expect(heads.active.version).toBe(2);
    // The first head detected no frame; it is published all the same, before the second.
    detected.next(2);
    expect(events()).toEqual(['learning', 'learning', 'swapped', 'swapped']);
    expect(messages.map(({ headVersion }) => headVersion)).toEqual([0, 1, 1, 2]);
  });

  it('trains on no held-out sample, and evaluates on them at the gate', async () => {
    memory.insert(makeSample('h', { label: named('cone'), heldOut: true }));
    labels.next({ before: makeSample('h'), after: memory.get('h')! });
    name('a', 'cone');
    await advanceTo(0);
    expect(learner.asked).toEqual([]);
    name('b', 'cone');
    await advanceTo(0);
    expect(learner.added).toEqual(['a cone', 'b cone']);
    expect(learner.asked[0]?.replay().map(({ id }) => id)).toEqual(['a', 'b']);
    await learner.answer();
    expect(meter.verdicts).toMatchObject([{ class: 'cone', samples: 1 }]);
  });
});

describe('a refused head', () => {
  it('is published and counted, and the active one stays', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    detected.next(1);
    name('c', 'bollard');
    await advanceTo(2000);
    // It lacks a class that the active head knows.
    await learner.answer(draft(['bollard']));
    expect(events()).toEqual(['learning', 'swapped', 'learning', 'refused']);
    expect(messages.at(-1)).toMatchObject({ headVersion: 1, classes: ['cone'] });
    expect([meter.swaps, meter.refused]).toEqual([1, 1]);
    expect(heads.active.version).toBe(1);
    expect(installed).toEqual([1]);
    await settled();
  });

  it('is one that fires on the background', async () => {
    const judged = Array.from({ length: 40 }, () => judgedSample(null, [0.9]));
    const take = () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] });
    reopen({ background: { take, heldOut: judged, grown$: grown } });
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    expect(events()).toEqual(['learning', 'refused']);
    expect(heads.active.version).toBe(0);
  });
});

describe('an update that fails', () => {
  it('keeps its labels for the next one', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.fail();
    expect(events()).toEqual(['learning', 'failed']);
    expect(messages[1]?.detail).toBe('learn failed: out of luck');
    await settled();
    name('c', 'cone');
    await advanceTo(5000);
    expect(learner.added).toEqual(['a cone', 'b cone', 'c cone']);
    await learner.answer();
    expect(heads.active.version).toBe(1);
  });

  it('leaves a sample renamed meanwhile with its newest name alone', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    name('a', 'bollard');
    await learner.fail();
    name('a', 'post');
    await advanceTo(5000);
    const left = [...learner.added];
    for (const gone of learner.removed) left.splice(left.indexOf(gone), 1);
    expect(left.sort()).toEqual(['a post', 'b cone']);
  });

  it('discards the oldest labels when thousands wait, each with its removal', async () => {
    name('old', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    // Renamed while the update is under way: to be taken out again, had it not failed.
    name('old', 'post');
    for (let i = 0; i < 2047; i++)
      labels.next({ before: null, after: makeSample(`s${i}`, { label: named('cone') }) });
    await learner.fail();
    expect(messages.at(-1)?.detail).toBe('learn (2 labels discarded) failed: out of luck');
    await advanceTo(5000);
    expect(learner.added).toHaveLength(2048);
    expect(learner.added[0]).toBe('old post');
    expect(learner.removed).toEqual([]);
  });

  it('is an installation that fails, too: the active head stays', async () => {
    reopen({ install: () => Promise.reject(new Error('the detector is gone')) });
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    expect(messages.at(-1)).toMatchObject({ event: 'failed', headVersion: 0 });
    expect(heads.active.version).toBe(0);
    await settled();
  });

  it('is a disk that fails, which undoes no swap', async () => {
    const keeper = {
      saveActive: () => Promise.reject(new Error('disk full')),
      setActive: () => Promise.resolve(),
    };
    reopen({ keeper });
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    detected.next(1);
    expect(events()).toEqual(['learning', 'failed', 'swapped']);
    expect(heads.active.version).toBe(1);
    await settled();
  });
});

describe('a label taken back', () => {
  it('before the update is never learned', async () => {
    name('a', 'cone');
    name('a', null);
    await advanceTo(0);
    expect(learner.added).toEqual([]);
    expect(learner.removed).toEqual([]);
  });

  it('after the update is removed exactly as it was added', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    const [added] = learner.asked[0]!.added;
    name('a', null);
    await advanceTo(5000);
    expect(learner.added).toEqual([]);
    expect(learner.removed).toEqual(['a cone']);
    expect(learner.asked[1]!.removed[0]).toEqual(added);
  });

  it('for another one is both', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    name('a', 'bollard');
    await advanceTo(5000);
    expect([learner.added, learner.removed]).toEqual([['a bollard'], ['a cone']]);
  });
});

describe('a rollback', () => {
  it('installs the head before in the detector and is published', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    detected.next(1);
    await rollback();
    expect(installed).toEqual([1, 0]);
    expect(heads.active.version).toBe(0);
    expect(await store.activeVersion()).toBe(0);
    expect(messages.at(-1)).toMatchObject({ event: 'rolled-back', headVersion: 0, classes: [] });
    await rollback(1);
    expect(heads.active.version).toBe(1);
  });

  it('to a version that is not held fails, and is settled', async () => {
    await rollback(7);
    expect(events()).toEqual(['failed']);
    await settled();
  });
});

describe('the end of learning', () => {
  it('publishes a head that has not detected a frame yet, and learns no more', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    await learner.answer();
    ended.next();
    expect(events()).toEqual(['learning', 'swapped']);
    expect(messages[1]).not.toHaveProperty('labelToLiveMs');
    name('c', 'cone');
    name('d', 'cone');
    await advanceTo(5000);
    expect(learner.asked).toHaveLength(1);
  });

  it('can be waited for: idle$ emits once no update and no swap is in flight', async () => {
    await settled();
    name('a', 'cone');
    name('b', 'cone');
    await advanceTo(0);
    let isIdle = false;
    const waiting = settled().then(() => (isIdle = true));
    await settle();
    expect(isIdle).toBe(false);
    await learner.answer();
    await waiting;
    expect(heads.active.version).toBe(1);
  });
});
