import { describe, expect, it } from 'vitest';
import { LearnedSet } from '../../../../operators/learn/learned-set.ts';
import { withdrawnClasses } from '../../../../pipeline/application/learning/wanted-labels.ts';
import { LearningRig } from './learning-rig.ts';

describe('classes that may be missing in a head', () => {
  it('are not those that a later update of the same labels will learn', async () => {
    const rig = await LearningRig.open();
    await rig.learnCones('a', 'b', 0);
    rig.name('c', 'bollard');
    await rig.advanceTo(0);
    const { heads, journal, memory } = rig;
    const learned = new LearnedSet({ entries: [['c', 'bollard']], sealed: [] });
    expect(withdrawnClasses(heads.active, learned, { journal, memory })).toEqual([]);
    for (const id of ['a', 'b']) rig.name(id, null);
    await rig.advanceTo(0);
    expect(withdrawnClasses(heads.active, learned, { journal, memory })).toEqual(['cone']);
  });
});
