import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import type { Label } from '../../../operators/remember/sample.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import { MemoryHeadStore } from '../../../operators/swap/store/head-store.ts';
import { FrameScheduler } from '../../../operators/foundation/time/virtual-time.ts';
import { Learning, type LearningParts } from '../../../pipeline/application/learning.ts';
import type { ModelMessage } from '../../../sinks/events.ts';
import { makeExample } from '../../operators/learn/make-example.ts';
import { makeSample, named, seeded } from '../../operators/remember/make-sample.ts';
import { draft, sample as judgedSample } from '../../operators/swap/sample-head.ts';
import { settle } from './scripted-camera.ts';
import { ScriptedLearner } from './scripted-learner.ts';

let learner: ScriptedLearner;
let scheduler: FrameScheduler;
let memory: ReturnType<typeof createMemory>;
let line: HeadHistory;
let store: MemoryHeadStore;
let installed: number[];
let messages: ModelMessage[];
let learning: Learning;
let nowMs: number;
let grown: Subject<void>;

function open(parts: Partial<LearningParts> = {}): Learning {
  return new Learning({
    learner,
    memory,
    line,
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
    quiet: async () => undefined,
    scheduler,
    now: () => nowMs,
    wallNow: () => 5_000_000 + nowMs,
    publish: (message) => messages.push(message),
    ...parts,
  });
}

beforeEach(() => {
  learner = new ScriptedLearner();
  scheduler = new FrameScheduler();
  memory = createMemory('reservoir', 2 ** 22, seeded(1));
  line = new HeadHistory(emptyHead());
  store = new MemoryHeadStore();
  installed = [];
  messages = [];
  nowMs = 0;
  grown = new Subject();
  learning = open();
});

/** Names a sample as the label desk does; null takes the name away. */
function name(id: string, to: Label | string | null): void {
  const before = memory.get(id) ?? null;
  // The label came 20 ms ago; making its sample took that long.
  const label = typeof to === 'string' ? { ...named(to), atMs: 5_000_000 + nowMs - 20 } : to;
  const after = { ...(before ?? makeSample(id)), label };
  if (before === null) memory.insert(after);
  else memory.replace(after);
  learning.changed(before, after);
}

/** The frames' time comes to this. */
async function reach(timeMs: number): Promise<void> {
  nowMs = timeMs;
  scheduler.advance(timeMs);
  await settle();
}

/** Two cones are named and learned by this time. */
async function teach(first: string, second: string, byMs: number): Promise<void> {
  for (const id of [first, second]) name(id, 'cone');
  await reach(byMs);
  await learner.answer();
}

const events = (): string[] => messages.map(({ event }) => event);

describe('learning', () => {
  it('learns more of the background when more was seen, once there is a class to tell from it', async () => {
    const negatives = [makeExample('n1', null), makeExample('n2', null)];
    const seen = { background: new Float32Array(0), backgroundWeight: 4, negatives };
    learning.close();
    learning = open({ background: { take: () => seen, heldOut: [], grown$: grown } });
    await reach(100);
    grown.next();
    await reach(2000);
    expect(learner.asked).toEqual([]);

    await teach('a', 'b', 2000);
    expect(learning.swaps).toBe(1);
    grown.next();
    await reach(3000);
    expect(learner.added).toEqual(['n1 null', 'n2 null']);
    expect(messages.at(-1)?.detail).toBe('learning from 2 views of what is beside them');
    await learner.answer();
    expect(line.active.version).toBe(2);
    learning.seen(2);
    expect(messages.at(-1)).toMatchObject({ event: 'swapped', headVersion: 2 });
    expect(messages.at(-1)).not.toHaveProperty('labelToLiveMs');
  });

  it('does not leave the head that somebody went back to for what the background shows', async () => {
    await teach('a', 'b', 100);
    await teach('c', 'd', 1000);
    await learning.rollback();
    expect(line.active.version).toBe(1);
    grown.next();
    await reach(3000);
    expect(learner.asked).toHaveLength(2);
    await teach('e', 'f', 4000);
    grown.next();
    await reach(5000);
    expect(learner.asked).toHaveLength(4);
  });

  it('goes from labels over an update and the gate to a swap, told with the first frame', async () => {
    await reach(100);
    name('a', 'cone');
    await reach(150);
    name('b', 'cone');
    await reach(150);
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
    expect(line.active.version).toBe(1);
    expect(await store.activeVersion()).toBe(1);
    expect(learning.swaps).toBe(1);
    // Frames that were in the detector before still name the old head.
    learning.seen(0);
    expect(events()).toEqual(['learning']);

    nowMs = 450;
    learning.seen(1);
    learning.seen(1);
    expect(events()).toEqual(['learning', 'swapped']);
    expect(messages[1]).toMatchObject({ headVersion: 1, classes: ['cone'], updateMs: 250 });
    // From the first label’s arrival: not from the last one’s, nor from when its sample was made.
    expect(messages[1]?.labelToLiveMs).toBe(370);
    expect(learning.labelToLiveMs).toEqual([370]);
  });

  it('waits for enough labels, or for one to be old enough', async () => {
    name('a', 'cone');
    await reach(999);
    expect(learner.asked).toHaveLength(0);
    await reach(1000);
    expect(learner.added).toEqual(['a cone']);
  });

  it('learns what comes meanwhile in the next update', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    name('c', 'cone');
    name('d', 'cone');
    await reach(600);
    expect(learner.asked).toHaveLength(1);
    await learner.answer();
    await reach(600);
    expect(learner.added).toEqual(['c cone', 'd cone']);
    await learner.answer();
    expect(line.active.version).toBe(2);
    // The first head made no frame; it is told of all the same, before the second.
    learning.seen(2);
    expect(events()).toEqual(['learning', 'learning', 'swapped', 'swapped']);
    expect(messages.map(({ headVersion }) => headVersion)).toEqual([0, 1, 1, 2]);
  });

  it('keeps held-out samples from the learner, and gives them to the gate', async () => {
    memory.insert(makeSample('h', { label: named('cone'), heldOut: true }));
    learning.changed(makeSample('h'), memory.get('h')!);
    name('a', 'cone');
    await reach(0);
    expect(learner.asked).toEqual([]);
    name('b', 'cone');
    await reach(0);
    expect(learner.added).toEqual(['a cone', 'b cone']);
    expect(learner.asked[0]?.replay().map(({ id }) => id)).toEqual(['a', 'b']);
    await learner.answer();
    expect(learning.verdicts).toMatchObject([{ class: 'cone', samples: 1 }]);
  });
});

describe('a refused head', () => {
  it('is told and counted, and the active one stays', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    learning.seen(1);
    name('c', 'bollard');
    await reach(2000);
    // It lacks a class that the active head knows.
    await learner.answer(draft(['bollard']));
    expect(events()).toEqual(['learning', 'swapped', 'learning', 'refused']);
    expect(messages.at(-1)).toMatchObject({ headVersion: 1, classes: ['cone'] });
    expect([learning.swaps, learning.refused]).toEqual([1, 1]);
    expect(line.active.version).toBe(1);
    expect(installed).toEqual([1]);
    await learning.settled();
  });

  it('is one that fires on the background', async () => {
    const judged = Array.from({ length: 40 }, () => judgedSample(null, [0.9]));
    learning.close();
    const take = () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] });
    learning = open({ background: { take, heldOut: judged, grown$: grown } });
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    expect(events()).toEqual(['learning', 'refused']);
    expect(line.active.version).toBe(0);
  });
});

describe('an update that fails', () => {
  it('keeps its labels for the next one', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.fail();
    expect(events()).toEqual(['learning', 'failed']);
    expect(messages[1]?.detail).toBe('learn failed: out of luck');
    await learning.settled();
    name('c', 'cone');
    await reach(5000);
    expect(learner.added).toEqual(['a cone', 'b cone', 'c cone']);
    await learner.answer();
    expect(line.active.version).toBe(1);
  });

  it('leaves a sample renamed meanwhile with its newest name alone', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    name('a', 'bollard');
    await learner.fail();
    name('a', 'post');
    await reach(5000);
    const left = [...learner.added];
    for (const gone of learner.removed) left.splice(left.indexOf(gone), 1);
    expect(left.sort()).toEqual(['a post', 'b cone']);
  });

  it('gives the oldest labels up when thousands wait, each with what takes it back', async () => {
    name('old', 'cone');
    name('b', 'cone');
    await reach(0);
    // Renamed while the update is under way: to be taken out again, had it not failed.
    name('old', 'post');
    for (let i = 0; i < 2047; i++)
      learning.changed(null, makeSample(`s${i}`, { label: named('cone') }));
    await learner.fail();
    expect(messages.at(-1)?.detail).toBe('learn (2 labels given up) failed: out of luck');
    await reach(5000);
    expect(learner.added).toHaveLength(2048);
    expect(learner.added[0]).toBe('old post');
    expect(learner.removed).toEqual([]);
  });

  it('is an installation that fails, too: the active head stays', async () => {
    learning.close();
    learning = open({ install: () => Promise.reject(new Error('the detector is gone')) });
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    expect(messages.at(-1)).toMatchObject({ event: 'failed', headVersion: 0 });
    expect(line.active.version).toBe(0);
    await learning.settled();
  });

  it('is a disk that fails, which undoes no swap', async () => {
    learning.close();
    const keeper = {
      saveActive: () => Promise.reject(new Error('disk full')),
      setActive: () => Promise.resolve(),
    };
    learning = open({ keeper });
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    learning.seen(1);
    expect(events()).toEqual(['learning', 'failed', 'swapped']);
    expect(line.active.version).toBe(1);
    await learning.settled();
  });
});

describe('a label taken back', () => {
  it('before the update is never learned', async () => {
    name('a', 'cone');
    name('a', null);
    await reach(0);
    expect(learner.added).toEqual([]);
    expect(learner.removed).toEqual([]);
  });

  it('after the update is removed exactly as it was added', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    const [added] = learner.asked[0]!.added;
    name('a', null);
    await reach(5000);
    expect(learner.added).toEqual([]);
    expect(learner.removed).toEqual(['a cone']);
    expect(learner.asked[1]!.removed[0]).toEqual(added);
  });

  it('for another one is both', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    name('a', 'bollard');
    await reach(5000);
    expect([learner.added, learner.removed]).toEqual([['a bollard'], ['a cone']]);
  });
});

describe('a rollback', () => {
  it('puts the head before in the detector and is told', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    learning.seen(1);
    await learning.rollback();
    expect(installed).toEqual([1, 0]);
    expect(line.active.version).toBe(0);
    expect(await store.activeVersion()).toBe(0);
    expect(messages.at(-1)).toMatchObject({ event: 'rolled-back', headVersion: 0, classes: [] });
    await learning.rollback(1);
    expect(line.active.version).toBe(1);
  });

  it('to what is not there fails and resolves', async () => {
    await learning.rollback(7);
    expect(events()).toEqual(['failed']);
    await learning.settled();
  });
});

describe('the end of learning', () => {
  it('tells of a head that no frame was made with, and learns no more', async () => {
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    await learner.answer();
    learning.close();
    expect(events()).toEqual(['learning', 'swapped']);
    expect(messages[1]).not.toHaveProperty('labelToLiveMs');
    name('c', 'cone');
    name('d', 'cone');
    await reach(5000);
    expect(learner.asked).toHaveLength(1);
  });

  it('is waited for: settled resolves when nothing is under way', async () => {
    await learning.settled();
    name('a', 'cone');
    name('b', 'cone');
    await reach(0);
    let settled = false;
    const waiting = learning.settled().then(() => (settled = true));
    await settle();
    expect(settled).toBe(false);
    await learner.answer();
    await waiting;
    expect(line.active.version).toBe(1);
  });
});
