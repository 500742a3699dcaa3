import { beforeEach, describe, expect, it } from 'vitest';
import { draft } from '../../../operators/swap/sample-head.ts';
import { LearningRig } from './learning-rig.ts';

let rig: LearningRig;
beforeEach(async () => {
  rig = await LearningRig.open();
});

describe('a label taken back', () => {
  it('before the update is never learned', async () => {
    rig.name('a', 'cone');
    rig.name('a', null);
    await rig.advanceTo(0);
    expect(rig.learner.added).toEqual([]);
    expect(rig.learner.removed).toEqual([]);
  });

  it('after the update is removed exactly as it was added', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    const [added] = rig.learner.asked[0]!.added;
    rig.name('a', null);
    await rig.advanceTo(5000);
    expect(rig.learner.added).toEqual([]);
    expect(rig.learner.removed).toEqual(['a cone']);
    expect(rig.learner.asked[1]!.removed[0]).toEqual(added);
  });

  it('for another one is both', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    rig.name('a', 'bollard');
    await rig.advanceTo(5000);
    expect([rig.learner.added, rig.learner.removed]).toEqual([['a bollard'], ['a cone']]);
    expect(rig.messages.at(-1)).toMatchObject({
      event: 'learning',
      detail: 'learning from 1 labelled samples, forgetting 1',
    });
  });
});

describe('while an update learns a label', () => {
  it('the label may be taken back: the next update removes it, without another label', async () => {
    for (const id of ['a', 'b']) rig.name(id, 'cone');
    await rig.advanceTo(0);
    rig.name('a', null);
    await rig.commanded();
    await rig.learner.answer();
    await rig.advanceTo(5000);
    expect(rig.learner.asked).toHaveLength(2);
    expect(rig.learner.removed).toEqual(['a cone']);
  });

  it('its class may be removed: the next update still has the vectors to forget', async () => {
    for (const id of ['a', 'b']) rig.name(id, 'cone');
    await rig.advanceTo(0);
    rig.do((labels) => labels.remove('cone', { by: 'person', atMs: 0 }));
    await rig.commanded();
    await rig.learner.answer();
    await rig.advanceTo(5000);
    expect(rig.learner.removed).toEqual(['a cone', 'b cone']);
    expect(rig.learner.asked[1]!.moved).toEqual([{ from: 'cone', to: null }]);
  });
});

describe('what the learner has learned', () => {
  it('is stored with its state and the head, and not learned again after a restart', async () => {
    await rig.learnCones('a', 'b', 0);
    expect(rig.state.learner?.learned.entries).toEqual([
      ['a', 'cone'],
      ['b', 'cone'],
    ]);
    const next = await LearningRig.open(rig.store);
    await next.advanceTo(5000);
    expect(next.heads.active).toMatchObject({ version: 1, classes: ['cone'], classIds: ['cone'] });
    expect(next.learner.restored).toEqual([rig.state.learner?.bytes]);
    expect(next.learner.asked).toEqual([]);
  });

  it('lacks labels that waited at the end of a run: they are learned first in the next', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    // The update never ends, the program does; the samples were never flushed.
    const next = await LearningRig.open(rig.store);
    await next.advanceTo(1000);
    expect(next.learner.added).toEqual(['a cone', 'b cone']);
    await next.learner.answer();
    expect(next.heads.active.version).toBe(1);
  });

  it('lacks a label that was taken back before it was learned: nothing is removed', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    const next = await LearningRig.open(rig.store);
    next.name('a', null);
    await next.advanceTo(1000);
    expect([next.learner.added, next.learner.removed]).toEqual([['b cone'], []]);
  });

  it('is stored where the gate refuses the head as well', async () => {
    await rig.learnCones('a', 'b', 0);
    rig.name('c', 'bollard');
    await rig.advanceTo(2000);
    await rig.learner.answer(draft(['bollard']));
    expect(rig.meter.refused).toBe(1);
    const next = await LearningRig.open(rig.store);
    expect(next.state.learner?.learned.entries).toContainEqual(['c', 'bollard']);
    expect(next.heads.active.version).toBe(1);
  });

  it('is learned anew by a learner that fails three times in a row', async () => {
    await rig.learnCones('a', 'b', 0);
    const blank = 1;
    for (let failure = 0; failure < 3; failure++) {
      rig.name(`c${failure}`, 'cone');
      await rig.advanceTo(2000 * (failure + 1));
      await rig.learner.fail();
    }
    expect(rig.learner.restored).toEqual([Uint8Array.of(blank)]);
    expect(rig.messages.at(-1)?.detail).toBe('the learner is trained anew from what is kept');
    rig.name('d', 'cone');
    await rig.advanceTo(9000);
    expect([...rig.learner.added].sort()).toEqual(
      ['a', 'b', 'c0', 'c1', 'c2', 'd'].map((id) => `${id} cone`),
    );
    await rig.learner.answer();
    expect(rig.heads.active.version).toBe(2);
    await rig.settled();
  });

  it('is what was saved, where the learner was restarted with its saved state', async () => {
    await rig.learnCones('a', 'b', 0);
    rig.name('c', 'cone');
    rig.name('d', 'cone');
    await rig.advanceTo(2000);
    await rig.learner.fail();
    rig.learner.restarted$.next({ restored: true });
    await rig.advanceTo(9000);
    expect(rig.learner.added).toEqual(['c cone', 'd cone']);
  });

  it('is what was saved, where the learner was restarted while an update waited for it', async () => {
    await rig.learnCones('a', 'b', 0);
    for (const id of ['c', 'd']) rig.name(id, 'cone');
    await rig.advanceTo(2000);
    rig.learner.restarted$.next({ restored: true });
    await rig.learner.answer();
    expect(rig.state.learner?.learned.entries).toHaveLength(2);
    await rig.advanceTo(5000);
    await rig.advanceTo(9000);
    expect(rig.learner.restored).toEqual([rig.state.learner?.bytes]);
    expect(rig.learner.added).toEqual(['c cone', 'd cone']);
    expect(rig.learner.asked).toHaveLength(3);
  });

  it('is what was saved, after a fault of the program', async () => {
    await rig.learnCones('a', 'b', 0);
    let faults = 1;
    const nothing = { background: new Float32Array(0), backgroundWeight: 4, negatives: [] };
    const take = (): typeof nothing => {
      if (faults-- > 0) throw new RangeError('a fault');
      return nothing;
    };
    rig.reopen({ background: { take, heldOut: [], grown$: rig.grown } });
    for (const id of ['c', 'd']) rig.name(id, 'cone');
    await rig.advanceTo(2000);
    expect(rig.messages.map(({ detail }) => detail)).toContain('learning failed: a fault');
    for (const ms of [4000, 6000]) await rig.advanceTo(ms);
    await rig.learner.answer();
    for (const id of ['e', 'f']) rig.name(id, 'cone');
    await rig.advanceTo(9000);
    expect(rig.learner.added).toEqual(['e cone', 'f cone']);
  });

  it('is nothing, where the learner was restarted without its state', async () => {
    await rig.learnCones('a', 'b', 0);
    rig.learner.restarted$.next({ restored: false });
    await rig.advanceTo(9000);
    expect(rig.learner.added).toEqual(['a cone', 'b cone']);
  });
});

describe('the name of a class', () => {
  it('changes in the active head at once, and nothing is learned', async () => {
    await rig.learnCones('a', 'b', 0);
    rig.do((labels) => labels.rename('cone', 'pylon', { by: 'person', atMs: 0 }));
    await rig.advanceTo(5000);
    expect(rig.heads.active.classes).toEqual(['pylon']);
    expect(rig.memory.get('a')?.label?.class).toBe('pylon');
    expect([rig.learner.added, rig.learner.removed]).toEqual([[], []]);
    await rig.learner.answer();
    const next = await LearningRig.open(rig.store);
    expect(next.heads.active.classes).toEqual(['pylon']);
  });

  it('takes no longer to be live than its own command', async () => {
    await rig.learnCones('a', 'b', 0);
    await rig.advanceTo(900_000);
    rig.do((labels) => labels.rename('cone', 'pylon', { by: 'person', atMs: 0 }));
    await rig.advanceTo(900_000);
    await rig.advanceTo(902_000);
    await rig.learner.answer();
    rig.detected.next(2);
    expect(rig.messages.at(-1)?.labelToLiveMs).toBeLessThanOrEqual(2000);
  });

  it('that was never learned is erased in the next run, where the program ends before', async () => {
    await rig.learnCones('a', 'b', 0);
    rig.do((labels) => labels.remove('post', { by: 'person', atMs: 0 }));
    await rig.commanded();
    const next = await LearningRig.open(rig.store);
    await next.advanceTo(5000);
    await next.learner.answer();
    for (const { bytes } of await rig.store.list('journal')) {
      expect(Buffer.from(bytes).includes('post')).toBe(false);
    }
  });

  it('is gone from the next head and from every record, once its class is removed', async () => {
    rig.name('x', 'post');
    await rig.learnCones('a', 'b', 0);
    rig.do((labels) => labels.remove('cone', { by: 'person', atMs: 0 }));
    await rig.advanceTo(5000);
    expect(rig.learner.removed).toEqual(['a cone', 'b cone']);
    await rig.learner.answer(draft(['post']));
    expect(rig.heads.active.classes).toEqual(['post']);
    for (const kind of ['journal', 'sample', 'head', 'learner', 'state']) {
      for (const { key, bytes } of await rig.store.list(kind)) {
        expect(Buffer.from(bytes).includes('cone'), `${kind} ${key}`).toBe(false);
      }
    }
    expect((await rig.store.list('sample')).map(({ key }) => key)).toEqual(['x']);
    const next = await LearningRig.open(rig.store);
    await next.advanceTo(5000);
    expect(next.learner.asked).toEqual([]);
  });
});

describe('the end of a run', () => {
  it('aborts an update', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    expect(rig.learner.signals[0]?.aborted).toBe(false);
    rig.ended.next();
    expect(rig.learner.signals[0]?.aborted).toBe(true);
  });
});
