import { beforeEach, describe, expect, it } from 'vitest';
import { LearnerError } from '../../../../operators/learn/learner-error.ts';
import { LearningRig } from './learning-rig.ts';

let rig: LearningRig;
beforeEach(async () => {
  rig = await LearningRig.open();
});

describe('an update that fails', () => {
  it('keeps its labels for the next one', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.fail();
    expect(rig.events()).toEqual(['learning', 'failed']);
    expect(rig.messages[1]?.detail).toBe('learn failed: out of luck');
    await rig.settled();
    rig.name('c', 'cone');
    await rig.advanceTo(5000);
    expect(rig.learner.added).toEqual(['a cone', 'b cone', 'c cone']);
    await rig.learner.answer();
    expect(rig.heads.active.version).toBe(1);
  });

  it('leaves a sample renamed meanwhile with its newest name alone', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    rig.name('a', 'bollard');
    await rig.learner.fail();
    rig.name('a', 'post');
    await rig.advanceTo(5000);
    const left = [...rig.learner.added];
    for (const gone of rig.learner.removed) left.splice(left.indexOf(gone), 1);
    expect(left.sort()).toEqual(['a post', 'b cone']);
  });

  it('is an installation that fails, too: the active head stays', async () => {
    rig.reopen({ install: () => Promise.reject(new Error('the detector is gone')) });
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    expect(rig.messages.at(-1)).toMatchObject({ event: 'failed', headVersion: 0 });
    expect(rig.heads.active.version).toBe(0);
    await rig.settled();
  });

  it('is an installation that fails, too: a head is drafted again', async () => {
    let failures = 1;
    const install = (): Promise<void> =>
      failures-- > 0 ? Promise.reject(new Error('the detector restarts')) : Promise.resolve();
    rig.reopen({ install });
    await rig.learnCones('a', 'b', 0);
    expect(rig.heads.active.version).toBe(0);
    await rig.advanceTo(1000);
    await rig.advanceTo(3000);
    await rig.learner.answer();
    expect(rig.heads.active.classes).toEqual(['cone']);
  });

  it('with the thread, twice, leaves out what it was to add until that is labelled again', async () => {
    const died = new LearnerError('died', 'the learn worker ended with code 7');
    for (const id of ['a', 'b']) rig.name(id, 'cone');
    await rig.advanceTo(0);
    for (const ms of [3000, 9000]) {
      await rig.learner.fail(died);
      rig.learner.restarted$.next({ restored: true });
      await rig.advanceTo(ms);
    }
    expect(rig.messages.at(-1)?.detail).toMatch(/2 samples are left out until they are labelled/);
    for (const id of ['c', 'd', 'b']) rig.name(id, 'cone');
    await rig.advanceTo(20_000);
    expect([...rig.learner.added].sort()).toEqual(['b cone', 'c cone', 'd cone']);
  });

  it('is a disk that fails, which undoes no swap', async () => {
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    rig.store.failing = true;
    await rig.learner.answer();
    rig.detected.next(1);
    expect(rig.events()).toEqual(['learning', 'failed', 'swapped']);
    expect(rig.heads.active.version).toBe(1);
    await rig.settled();
  });
});
