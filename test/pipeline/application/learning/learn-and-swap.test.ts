import { beforeEach, describe, expect, it } from 'vitest';
import { readJson } from '../../../../pipeline/state/record-kinds.ts';
import { makeExample } from '../../../operators/learn/make-example.ts';
import { draft, sample as gateSample } from '../../../operators/swap/sample-head.ts';
import { settle } from '../scripted-camera.ts';
import { LearningRig } from './learning-rig.ts';

let rig: LearningRig;
const storedActive = async () => readJson((await rig.store.get('state', 'active'))!);
beforeEach(async () => {
  rig = await LearningRig.open();
});

describe('learning', () => {
  it('learns from background once enough was collected, if there is a class to tell from it', async () => {
    const negatives = [makeExample('n1', null), makeExample('n2', null)];
    const seen = { background: new Float32Array(0), backgroundWeight: 4, negatives };
    rig.reopen({ background: { take: () => seen, heldOut: [], grown$: rig.grown } });
    await rig.advanceTo(100);
    rig.grown.next();
    await rig.advanceTo(2000);
    expect(rig.learner.asked).toEqual([]);

    await rig.learnCones('a', 'b', 2000);
    expect(rig.meter.swaps).toBe(1);
    rig.grown.next();
    await rig.advanceTo(3000);
    expect(rig.learner.added).toEqual(['n1 null', 'n2 null']);
    expect(rig.messages.at(-1)?.detail).toBe('learning from 2 background samples');
    await rig.learner.answer();
    expect(rig.heads.active.version).toBe(2);
    rig.detected.next(2);
    expect(rig.messages.at(-1)).toMatchObject({ event: 'swapped', headVersion: 2 });
    expect(rig.messages.at(-1)).not.toHaveProperty('labelToLiveMs');
  });

  it('does not replace a head that was rolled back to because of background alone', async () => {
    await rig.learnCones('a', 'b', 100);
    await rig.learnCones('c', 'd', 1000);
    await rig.rollback();
    expect(rig.heads.active.version).toBe(1);
    rig.grown.next();
    await rig.advanceTo(3000);
    expect(rig.learner.asked).toHaveLength(2);
    await rig.learnCones('e', 'f', 4000);
    rig.grown.next();
    await rig.advanceTo(5000);
    expect(rig.learner.asked).toHaveLength(4);
  });

  it('goes from labels over an update and the gate to a swap, published with its first frame', async () => {
    await rig.advanceTo(100);
    rig.name('a', 'cone');
    await rig.advanceTo(150);
    rig.name('b', 'cone');
    await rig.advanceTo(150);
    expect(rig.learner.added).toEqual(['a cone', 'b cone']);
    expect(rig.messages).toEqual([
      {
        ...{ type: 'model', event: 'learning', headVersion: 0, classes: [] },
        ...{ timestampMs: 5_000_150, detail: 'learning from 2 labelled samples' },
      },
    ]);

    rig.nowMs = 400;
    await rig.learner.answer();
    expect(rig.installed).toEqual([1]);
    expect(rig.heads.active.version).toBe(1);
    expect(await storedActive()).toMatchObject({ version: 1, rolledBack: false });
    expect(rig.meter.swaps).toBe(1);
    // Frames that were in the detector before still name the old head.
    rig.detected.next(0);
    expect(rig.events()).toEqual(['learning']);

    rig.nowMs = 450;
    rig.detected.next(1);
    rig.detected.next(1);
    expect(rig.events()).toEqual(['learning', 'swapped']);
    expect(rig.messages[1]).toMatchObject({ headVersion: 1, classes: ['cone'], updateMs: 250 });
    // From the first label’s arrival: not from the last one’s, nor from when its sample was made.
    expect(rig.messages[1]?.labelToLiveMs).toBe(370);
    expect(rig.meter.labelToLiveMs).toEqual([370]);
  });

  it('waits for enough labels, or for the oldest to have waited long enough', async () => {
    rig.name('a', 'cone');
    await rig.advanceTo(999);
    expect(rig.learner.asked).toHaveLength(0);
    await rig.advanceTo(1000);
    expect(rig.learner.added).toEqual(['a cone']);
  });

  it('learns labels that arrive during an update in the next one', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    rig.name('c', 'cone');
    rig.name('d', 'cone');
    await rig.advanceTo(600);
    expect(rig.learner.asked).toHaveLength(1);
    await rig.learner.answer();
    await rig.advanceTo(600);
    expect(rig.learner.added).toEqual(['c cone', 'd cone']);
    await rig.learner.answer();
    expect(rig.heads.active.version).toBe(2);
    // The first head detected no frame; it is published all the same, before the second.
    rig.detected.next(2);
    expect(rig.events()).toEqual(['learning', 'learning', 'swapped', 'swapped']);
    expect(rig.messages.map(({ headVersion }) => headVersion)).toEqual([0, 1, 1, 2]);
  });

  it('trains on no held-out sample, and evaluates on them at the gate', async () => {
    rig.reopen({ heldOutShare: 0.5 });
    // The second object of a class is held out, and every other one from there.
    for (const id of ['a', 'h']) rig.name(id, 'cone');
    await rig.advanceTo(0);
    expect(rig.memory.get('h')?.heldOut).toBe(true);
    expect(rig.learner.asked).toEqual([]);
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    expect(rig.learner.added).toEqual(['a cone', 'b cone']);
    expect(rig.learner.asked[0]?.replay().map(({ id }) => id)).toEqual(['a', 'b']);
    await rig.learner.answer();
    expect(rig.meter.verdicts).toMatchObject([{ class: 'cone', samples: 1 }]);
  });
});

describe('a refused head', () => {
  it('is published and counted, and the active one stays', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    rig.detected.next(1);
    rig.name('c', 'bollard');
    await rig.advanceTo(2000);
    // It lacks a class that the active head knows.
    await rig.learner.answer(draft(['bollard']));
    expect(rig.events()).toEqual(['learning', 'swapped', 'learning', 'refused']);
    expect(rig.messages.at(-1)).toMatchObject({ headVersion: 1, classes: ['cone'] });
    expect([rig.meter.swaps, rig.meter.refused]).toEqual([1, 1]);
    expect(rig.heads.active.version).toBe(1);
    expect(rig.installed).toEqual([1]);
    await rig.settled();
  });

  it('is one that fires on the background', async () => {
    const heldOut = Array.from({ length: 40 }, () => gateSample(null, [0.9]));
    const take = () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] });
    rig.reopen({ background: { take, heldOut, grown$: rig.grown } });
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    expect(rig.events()).toEqual(['learning', 'refused']);
    expect(rig.heads.active.version).toBe(0);
  });
});

describe('a rollback', () => {
  it('installs the head before in the detector and is published', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    rig.detected.next(1);
    await rig.rollback();
    expect(rig.installed).toEqual([1, 0]);
    expect(rig.heads.active.version).toBe(0);
    expect(await storedActive()).toMatchObject({ version: 0, rolledBack: true });
    expect(rig.messages.at(-1)).toMatchObject({
      event: 'rolled-back',
      headVersion: 0,
      classes: [],
    });
    await rig.rollback(1);
    expect(rig.heads.active.version).toBe(1);
  });

  it('to a version that is not held fails, and is settled', async () => {
    await rig.rollback(7);
    expect(rig.events()).toEqual(['failed']);
    await rig.settled();
  });
});

describe('the end of learning', () => {
  it('publishes a head that has not detected a frame yet, and learns no more', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    rig.ended.next();
    expect(rig.events()).toEqual(['learning', 'swapped']);
    expect(rig.messages[1]).not.toHaveProperty('labelToLiveMs');
    rig.name('c', 'cone');
    rig.name('d', 'cone');
    await rig.advanceTo(5000);
    expect(rig.learner.asked).toHaveLength(1);
  });

  it('can be waited for: idle$ emits once no update and no swap is in flight', async () => {
    await rig.settled();
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    let isIdle = false;
    const waiting = rig.settled().then(() => (isIdle = true));
    await settle();
    expect(isIdle).toBe(false);
    await rig.learner.answer();
    await waiting;
    expect(rig.heads.active.version).toBe(1);
  });
});
