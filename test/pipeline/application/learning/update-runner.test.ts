import { beforeEach, describe, expect, it } from 'vitest';
import { makeSample, classLabel } from '../../../operators/remember/make-sample.ts';
import { LearningRig } from './learning-rig.ts';

let rig: LearningRig;
beforeEach(() => {
  rig = new LearningRig();
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

  it('discards the oldest labels when thousands wait, each with its removal', async () => {
    rig.name('old', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    // Renamed while the update is under way: to be taken out again, had it not failed.
    rig.name('old', 'post');
    for (let i = 0; i < 2047; i++)
      rig.labels.next({ before: null, after: makeSample(`s${i}`, { label: classLabel('cone') }) });
    await rig.learner.fail();
    expect(rig.messages.at(-1)?.detail).toBe('learn (2 labels discarded) failed: out of luck');
    await rig.advanceTo(5000);
    expect(rig.learner.added).toHaveLength(2048);
    expect(rig.learner.added[0]).toBe('old post');
    expect(rig.learner.removed).toEqual([]);
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

  it('is a disk that fails, which undoes no swap', async () => {
    const keeper = {
      saveActive: () => Promise.reject(new Error('disk full')),
      setActive: () => Promise.resolve(),
    };
    rig.reopen({ keeper });
    rig.name('a', 'cone');
    rig.name('b', 'cone');
    await rig.advanceTo(0);
    await rig.learner.answer();
    rig.detected.next(1);
    expect(rig.events()).toEqual(['learning', 'failed', 'swapped']);
    expect(rig.heads.active.version).toBe(1);
    await rig.settled();
  });
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
